import type { FhirError } from '../../src/fhir/error.ts';
import type { Change } from '../../src/store/contract.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { failureOf } from '../../src/store/sqlite/failures.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { foundIds, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let stores: DatabaseStores;
const calls: string[] = [];

/** An identity key that is none: the table refuses it after all other rows of the commit have been written. */
function poison(id: string): Change {
  return { ...put(id), identityKeys: [null as unknown as string] };
}

function transactions(): number {
  return calls.filter((operation) => operation === 'transaction').length;
}

beforeEach(async () => {
  calls.length = 0;
  stores = await openSqliteStores({
    directory: await temporaryDirectory(),
    onLatency: (operation, seconds) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      calls.push(operation);
    },
  });
});

afterEach(() => stores.close());

test('commits that wait together share transactions', async () => {
  const store = stores.forTenant('t');
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => store.commit([put(`r${n}`)])));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(calls.filter((operation) => operation === 'commit')).toHaveLength(200);
  expect(transactions()).toBeLessThan(10);
});

test('commits one after the other have a transaction each', async () => {
  for (let n = 0; n < 5; n += 1) await stores.forTenant('t').commit([put(`r${n}`)]);
  expect(transactions()).toBe(5);
});

test('commits of one group see each other in their order', async () => {
  const store = stores.forTenant('t');
  const results = await Promise.all([
    store.commit([put('a')]),
    store.commit([put('a', { version: 2 })]),
    store.commit([put('a', { version: 2 })]),
  ]);
  expect(results).toEqual([
    { ok: true },
    { ok: true },
    { ok: false, conflict: { kind: 'version', change: 0, currentVersion: 2 } },
  ]);
});

test('a commit that the database refuses fails alone and whole', async () => {
  const store = stores.forTenant('t');
  const index = { token: [{ parameter: 'code', code: 'x', system: 'new system' }] };
  const poisoned = [put('before', { type: 'Group', index }), poison('bad')];
  const results = await Promise.allSettled([
    store.commit([put('a', { index })]),
    store.commit(poisoned),
    store.commit([put('b', { index })]),
    stores.expiring.put('k', 'v', 60_000),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect((results[1] as PromiseRejectedResult).reason).toEqual(
    new Error('NOT NULL constraint failed: identity.key (SQLITE_CONSTRAINT_NOTNULL)'),
  );
  const expression = { kind: 'token', parameter: 'code', code: 'x', system: 'new system' } as const;
  expect(await foundIds(store, expression)).toEqual(['a', 'b']);
  expect(await foundIds(store, expression, { type: 'Group' })).toEqual([]);
  expect(await store.read('Group', 'before')).toBeUndefined();
  expect(await stores.expiring.get('k')).toBe('v');
});

test.each(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_READONLY', 'SQLITE_BUSY', 'SQLITE_CANTOPEN'])(
  'what an operator can mend is a refusal that says so, with its cause for the log: %s',
  (code) => {
    const message = `no way to write (${code})`;
    const failure = failureOf(message) as FhirError;
    expect([failure.status, failure.issues[0]?.code, failure.headers['Retry-After']]).toEqual([
      503,
      'no-store',
      '5',
    ]);
    expect(failure.message).not.toContain(message);
    expect(failure.cause).toEqual(new Error(message));
    expect(failure.stack).toContain(message);
  },
);

test('a bound of an index value that is no number refuses the commit', async () => {
  const store = stores.forTenant('t');
  const index = { date: [{ parameter: 'date', low: Number.NaN, high: 1 }] };
  await expect(store.commit([put('a', { index })])).rejects.toThrow('not a number');
  expect(await store.read('Patient', 'a')).toBeUndefined();
});

test('names that a rollback took back are given anew', async () => {
  const store = stores.forTenant('t');
  const index = { token: [{ parameter: 'code', code: 'x', system: 's1' }] };
  await expect(store.commit([put('a', { type: 'Group', index }), poison('b')])).rejects.toThrow();
  await store.commit([
    put('o', { type: 'Device', index: { token: [{ parameter: 'k', code: 'x', system: 's2' }] } }),
  ]);
  await store.commit([put('a', { type: 'Group', index })]);
  const inGroup = { kind: 'token', parameter: 'code', code: 'x', system: 's1' } as const;
  expect(await foundIds(store, inGroup, { type: 'Group' })).toEqual(['a']);
  expect(await foundIds(store, { ...inGroup, parameter: 'k' }, { type: 'Device' })).toEqual([]);
});

test('calls under way are finished before the store closes, later ones are refused', async () => {
  const store = stores.forTenant('t');
  const underWay = Array.from({ length: 50 }, (_, n) => store.commit([put(`r${n}`)]));
  const closing = Promise.all([stores.close(), stores.close()]);
  expect((await Promise.all(underWay)).every(({ ok }) => ok)).toBe(true);
  await closing;
  await expect(store.commit([put('late')])).rejects.toThrow('The store is closed');
  await expect(stores.ping()).rejects.toThrow('The store is closed');
  await expect(store.read('Patient', 'r1')).rejects.toThrow();
});

test('two programs that write one database keep each other whole', async () => {
  const directory = await temporaryDirectory();
  const [one, other] = await Promise.all([openSqliteStores({ directory }), openSqliteStores({ directory })]);
  const index = { token: [{ parameter: 'code', code: 'x', system: 's' }] };
  const results = await Promise.all(
    [one, other].flatMap((opened, side) =>
      Array.from({ length: 40 }, (_, n) =>
        opened.forTenant('t').commit([put(`${side}-${n}`, { index, identityKeys: [`key ${n}`] })]),
      ),
    ),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(40);
  const expression = { kind: 'token', parameter: 'code', code: 'x', system: 's' } as const;
  const found = await foundIds(one.forTenant('t'), expression);
  expect(found).toHaveLength(40);
  expect(await foundIds(other.forTenant('t'), expression)).toEqual(found);
  await Promise.all([one.close(), other.close()]);
});
