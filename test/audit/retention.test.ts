import { sessionEvent } from '../../src/audit/balp/security-events.ts';
import { auditEvents } from '../../src/audit/export.ts';
import { expireEvents, type RetentionDays } from '../../src/audit/retention/retention.ts';
import { Sealer } from '../../src/audit/seals/sealer.ts';
import { verifyAudit } from '../../src/audit/seals/verify.ts';
import { newId } from '../../src/interactions/identifiers.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { contextOf, doctor } from './actors.ts';
import { extractor } from './extractor.ts';
import { recordReads, trailOver } from './trail-under-test.ts';

type Stores = Awaited<ReturnType<typeof openSqliteStores>>;
let stores: Stores;

beforeEach(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory() });
});
afterEach(() => stores.close());

const day = 86_400_000;
const sealAll = () => new Sealer({ stores, extract: extractor }).seal('default', Date.now() + 1000);
const expire = (days: RetentionDays, after: number) =>
  expireEvents({ stores, extract: extractor, newId, days }, 'default', Date.now() + after * day);
const verify = () => verifyAudit({ stores, tenant: 'default' });

async function recordLogin(): Promise<void> {
  const trail = trailOver(stores);
  trail.record('default', (source, recorded) =>
    sessionEvent(source, contextOf(doctor), { change: 'login', outcome: '0', recorded }),
  );
  await trail.settled();
}

async function texts(since?: number, until?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const text of auditEvents(stores.forTenant('default'), since, until)) found.push(text);
  return found;
}

test('what is older than its category is kept is removed, and the trail is whole as before', async () => {
  await recordReads(stores, ['a', 'b']);
  await recordLogin();
  await recordReads(stores, ['c']);
  await sealAll();
  expect(await expire({ access: 365, security: 30 }, 31)).toBe(1);
  expect(await verify()).toMatchObject({ seals: 1, events: 3, expired: 1, unsealed: 1 });
  expect(await expire({ access: 365, security: 30 }, 366)).toBe(3);
  const state = await verify();
  expect(state).toMatchObject({ seals: 1, events: 0, expired: 4 });
  expect(state.fault).toBeUndefined();
  expect((await texts()).some((text) => text.includes('Patient/'))).toBe(false);
});

test('what was removed otherwise is found still', async () => {
  await recordReads(stores, ['a']);
  await recordLogin();
  await sealAll();
  await expire({ security: 30 }, 31);
  const store = stores.forTenant('default');
  const read = (await store.changes({ type: 'AuditEvent', count: 1, oldestFirst: true })).versions[0]!;
  await store.commit([{ kind: 'purge', type: 'AuditEvent', id: read.id, expectedVersion: 1 }]);
  expect((await verify()).fault).toEqual({ kind: 'event-removed', position: 1, seal: 1 });
});

test('without a limit, before it, and unsealed, nothing is removed', async () => {
  await recordReads(stores, ['a']);
  await sealAll();
  await recordReads(stores, ['b']);
  expect(await expire({}, 10_000)).toBe(0);
  expect(await expire({ access: 0 }, 10_000)).toBe(0);
  expect(await expire({ access: 30 }, 29)).toBe(0);
  expect(await expire({ access: 30 }, 31)).toBe(1);
  expect(await expire({ access: 30 }, 31)).toBe(0);
  expect((await texts()).filter((text) => text.includes('Patient/b'))).toHaveLength(1);
});

test('what tells of removals is sealed and stays', async () => {
  await recordReads(stores, ['a']);
  await sealAll();
  await expire({ access: 30 }, 31);
  await sealAll();
  expect(await expire({ access: 30, security: 1, identity: 1, disclosure: 1 }, 1000)).toBe(0);
  expect(await verify()).toMatchObject({ seals: 2, events: 1, expired: 1, unsealed: 0 });
});

test('the export holds the events of a time, the oldest first', async () => {
  await recordReads(stores, ['a', 'b', 'c']);
  const store = stores.forTenant('default');
  const { versions } = await store.changes({ type: 'AuditEvent', count: 10, oldestFirst: true });
  const instants = versions.map(({ lastUpdated }) => lastUpdated);
  expect(await texts()).toEqual(versions.map(({ body }) => body.toString('utf8')));
  expect(await texts(instants[1], instants[2])).toEqual([versions[1]!.body.toString('utf8')]);
});
