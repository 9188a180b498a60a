import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Sealer } from '../../src/audit/seals/sealer.ts';
import { verifyAudit } from '../../src/audit/seals/verify.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { extractor } from './extractor.ts';
import { recordReads } from './trail-under-test.ts';

type Stores = Awaited<ReturnType<typeof openSqliteStores>>;

let directory: string;
let stores: Stores;

beforeEach(async () => {
  directory = await temporaryDirectory();
  stores = await openSqliteStores({ directory });
});
afterEach(() => stores.close());

const sealAll = (tenant = 'default') =>
  new Sealer({ stores, extract: extractor }).seal(tenant, Date.now() + 1000);
const verify = (tenant = 'default') => verifyAudit({ stores, tenant });

/** Two seals, of three events and of two, and one event that is not sealed. */
async function sealedTrail(): Promise<void> {
  await recordReads(stores, ['a', 'b', 'c']);
  await sealAll();
  await recordReads(stores, ['d', 'e']);
  await sealAll();
  await recordReads(stores, ['f']);
}

/** Changes the file as somebody who can write it does. */
function tamper(statement: string, ...values: unknown[]): void {
  const database = new Database(join(directory, 'passerelle.db'));
  database.prepare(statement).run(...values);
  database.close();
}

/** Ids of the AuditEvents that are no seals, the oldest first. */
function eventIds(): string[] {
  const database = new Database(join(directory, 'passerelle.db'), { readonly: true });
  const ids = database
    .prepare("SELECT id FROM resource WHERE id NOT LIKE 'seal-%' ORDER BY updated, rid")
    .pluck()
    .all() as string[];
  database.close();
  return ids;
}

describe('a trail that nobody touched', () => {
  test('is whole: its seals follow each other, and what came since is not sealed yet', async () => {
    await sealedTrail();
    const state = await verify();
    expect(state).toMatchObject({ seals: 2, events: 5, expired: 0, unsealed: 1 });
    expect(state.fault).toBeUndefined();
    expect(state.head).toEqual({ number: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('without events has no seal', async () => {
    expect(await sealAll()).toEqual([]);
    expect(await verify()).toEqual({ seals: 0, events: 0, expired: 0, unsealed: 0 });
  });

  test('events of other tenants are sealed apart', async () => {
    await recordReads(stores, ['a', 'b'], 'one');
    await recordReads(stores, ['c'], 'two');
    await sealAll('one');
    expect(await verify('one')).toMatchObject({ seals: 1, events: 2, unsealed: 0 });
    expect(await verify('two')).toMatchObject({ seals: 0, events: 0, unsealed: 1 });
  });

  test('what is younger than the instant given is left to the next time', async () => {
    await recordReads(stores, ['a']);
    expect(await new Sealer({ stores, extract: extractor }).seal('default', Date.now() - 60_000)).toEqual([]);
    expect(await verify()).toMatchObject({ seals: 0, unsealed: 1 });
  });

  test('several processes that seal at once write one chain', async () => {
    await recordReads(stores, ['a', 'b', 'c']);
    const written = await Promise.all([sealAll(), sealAll(), sealAll()]);
    expect(written.flat()).toHaveLength(1);
    await recordReads(stores, ['d']);
    await Promise.all([sealAll(), sealAll()]);
    expect(await verify()).toMatchObject({ seals: 2, events: 4, unsealed: 0 });
    expect((await verify()).fault).toBeUndefined();
  });

  test('goes on after the head was not written, as when a process ends suddenly', async () => {
    await sealedTrail();
    await stores.expiring.take('audit-head:default');
    await sealAll();
    expect(await verify()).toMatchObject({ seals: 3, events: 6, unsealed: 0 });
    expect((await verify()).fault).toBeUndefined();
  });
});

describe('in the file', () => {
  test('an event that was changed is found', async () => {
    await sealedTrail();
    const [, second] = eventIds();
    tamper(
      "UPDATE resource SET body = CAST(replace(body, 'Patient/b', 'Patient/x') AS BLOB) WHERE id = ?",
      second,
    );
    expect((await verify()).fault).toEqual({ kind: 'event-changed', event: second, seal: 1 });
  });

  test.each([
    ['its instant', 'updated = updated + 1'],
    ['its method', 'method = method + 1'],
    ['that it is there', 'deleted = 1'],
    ['its id', "id = id || 'x'"],
  ])('%s, which stands beside its body, counts too', async (_name, change) => {
    await sealedTrail();
    tamper(`UPDATE resource SET ${change} WHERE id = ?`, eventIds()[3]);
    expect((await verify()).fault).toBeDefined();
  });

  test('an event that was removed is found, wherever it stood', async () => {
    for (const [position, seal] of [
      [2, 1],
      [1, 2],
    ] as const) {
      directory = await temporaryDirectory();
      await stores.close();
      stores = await openSqliteStores({ directory });
      await sealedTrail();
      tamper('DELETE FROM resource WHERE id = ?', eventIds()[seal === 1 ? position - 1 : 3 + position - 1]);
      expect((await verify()).fault).toEqual({ kind: 'event-removed', position, seal });
    }
  });

  test('an event that was inserted is found', async () => {
    await sealedTrail();
    tamper(
      `INSERT INTO resource (scope, id, version, updated, deleted, method, restricted, body)
       SELECT scope, 'forged', version, updated, deleted, method, restricted, body FROM resource WHERE id = ?`,
      eventIds()[1],
    );
    expect((await verify()).fault).toEqual({ kind: 'event-inserted', event: 'forged', seal: 1 });
  });

  test('two events that changed places are found', async () => {
    await sealedTrail();
    const [first, second] = eventIds();
    const database = new Database(join(directory, 'passerelle.db'));
    const updated = (id: unknown) =>
      database.prepare('SELECT updated FROM resource WHERE id = ?').pluck().get(id);
    const [a, b] = [updated(first), updated(second)];
    database.prepare('UPDATE resource SET updated = ? WHERE id = ?').run(b, first);
    database.prepare('UPDATE resource SET updated = ? WHERE id = ?').run(a, second);
    database.close();
    expect((await verify()).fault).toMatchObject({ kind: 'event-changed', seal: 1 });
  });

  test('two events whose ids changed places are found', async () => {
    await sealedTrail();
    const [first, second] = eventIds();
    tamper("UPDATE resource SET id = 'aside' WHERE id = ?", first);
    tamper('UPDATE resource SET id = ? WHERE id = ?', first, second);
    tamper("UPDATE resource SET id = ? WHERE id = 'aside'", second);
    expect((await verify()).fault).toMatchObject({ seal: 1 });
  });

  test('a second version of an event is found, sealed or not', async () => {
    await sealedTrail();
    const ids = eventIds();
    const again = (id: string) =>
      tamper('UPDATE resource SET version = 2, updated = updated + 100000 WHERE id = ?', id);
    again(ids[5]!);
    expect((await verify()).fault).toEqual({ kind: 'event-changed', event: ids[5], seal: 3 });
    again(ids[0]!);
    expect((await verify()).fault).toEqual({ kind: 'event-removed', position: 1, seal: 1 });
  });

  test.each([1, 2])('seal %i, when it was changed, is found', async (number) => {
    await sealedTrail();
    const id = `seal-${String(number).padStart(12, '0')}`;
    tamper("UPDATE resource SET body = CAST(replace(body, 'sealed', 'SEALED') AS BLOB) WHERE id = ?", id);
    expect((await verify()).fault).toEqual({ kind: 'seal-changed', seal: number });
  });

  test.each([1, 2])('seal %i, when it was removed, is found', async (number) => {
    await sealedTrail();
    tamper('DELETE FROM resource WHERE id = ?', `seal-${String(number).padStart(12, '0')}`);
    expect((await verify()).fault).toEqual({ kind: 'seal-missing', seal: number });
  });

  test('the last seal removed with what tells of it is found by whoever noted it', async () => {
    await sealedTrail();
    const { head } = await verify();
    tamper("DELETE FROM resource WHERE id = 'seal-000000000002'");
    tamper("DELETE FROM expiring WHERE key = 'audit-head:default'");
    expect((await verify()).fault).toBeUndefined();
    const fault = { kind: 'seal-missing', seal: 2 };
    expect((await verifyAudit({ stores, tenant: 'default', known: head! })).fault).toEqual(fault);
  });

  test('a seal that was removed is not written anew', async () => {
    await sealedTrail();
    tamper("DELETE FROM resource WHERE id = 'seal-000000000002'");
    await expect(sealAll()).rejects.toThrow('seal-000000000002 is missing');
  });

  test('a chain made anew over changed events is found by whoever noted a seal', async () => {
    await sealedTrail();
    const { head } = await verify();
    tamper(
      "UPDATE resource SET body = CAST(replace(body, 'Patient/b', 'Patient/x') AS BLOB) WHERE id = ?",
      eventIds()[1],
    );
    tamper("DELETE FROM resource WHERE id LIKE 'seal-%'");
    tamper("DELETE FROM expiring WHERE key = 'audit-head:default'");
    await sealAll();
    expect((await verify()).fault).toBeUndefined();
    const known = { number: 1, hash: head!.hash };
    expect((await verifyAudit({ stores, tenant: 'default', known })).fault).toEqual({
      kind: 'seal-changed',
      seal: 1,
    });
  });

  test('a seal of no chain is found', async () => {
    await sealedTrail();
    tamper(
      `INSERT INTO resource (scope, id, version, updated, deleted, method, restricted, body)
       SELECT scope, 'seal-000000000009', version, updated, deleted, method, restricted, body FROM resource WHERE id = ?`,
      eventIds()[4],
    );
    expect((await verify()).fault).toEqual({ kind: 'seal-foreign', seal: 2 });
  });
});
