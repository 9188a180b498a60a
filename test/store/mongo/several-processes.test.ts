import type { ResourceStore } from '../../../src/store/contract.ts';
import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { everything, foundIds, newTenant, put } from '../../contract/fixtures.ts';
import { mongoTestUri, newDatabaseName, openMongoTestStores } from '../../support/mongo.ts';

const database = newDatabaseName();

/** As the processes of one database have them: each with connections and caches of its own. */
let all: MongoStores[];

beforeAll(async () => {
  const first = await openMongoTestStores({ database });
  const uri = await mongoTestUri();
  all = [first, await openMongoStores({ uri, database }), await openMongoStores({ uri, database })];
});

afterAll(async () => {
  for (const stores of all.toReversed()) await stores.close();
});

function storesOf(tenant: string): ResourceStore[] {
  return all.map((stores) => stores.forTenant(tenant));
}

test('what one has written is seen by the others at once, types that are new to them too', async () => {
  const [one, other] = storesOf(newTenant()) as [ResourceStore, ResourceStore];
  expect(await foundIds(other, everything, { type: 'Basic' })).toEqual([]);
  await one.commit([put('a', { type: 'Basic' })]);
  expect(await foundIds(other, everything, { type: 'Basic' })).toEqual(['a']);
  expect(await other.commit([put('a', { type: 'Basic', version: 2 })])).toEqual({ ok: true });
  expect((await one.changes({ count: 5 })).versions.map(({ version }) => version)).toEqual([2, 1]);
});

test('updates from all of them lose nothing and leave no gap', async () => {
  const stores = storesOf(newTenant());
  await stores[0]?.commit([put('a')]);
  const total = 30;
  const update = async (store: ResourceStore) => {
    for (;;) {
      const version = ((await store.read('Patient', 'a'))?.version ?? 0) + 1;
      if ((await store.commit([put('a', { version })])).ok) return version;
    }
  };
  const made = await Promise.all(
    Array.from({ length: total }, (_, n) => update(stores[n % stores.length] as ResourceStore)),
  );
  expect(made.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, n) => n + 2));
  const history = (await stores[1]?.history('Patient', 'a', { count: 100 })) ?? [];
  expect(history.map(({ version }) => version)).toEqual(
    Array.from({ length: total + 1 }, (_, n) => total + 1 - n),
  );
});

test('of creates under one condition and one identity from all of them one is made', async () => {
  const stores = storesOf(newTenant());
  const options = { identityKeys: ['rpps|1'], claim: { key: 'Practitioner?identifier=1' } };
  const results = await Promise.all(
    Array.from({ length: 60 }, (_, n) => stores[n % stores.length]?.commit([put(`r${n}`, options)])),
  );
  const winner = results.findIndex((result) => result?.ok);
  expect(results.filter((result) => result?.ok)).toHaveLength(1);
  for (const [n, result] of results.entries()) {
    if (n === winner) continue;
    const holder = { type: 'Patient', id: `r${winner}` };
    expect(result).toEqual({ ok: false, conflict: { kind: 'identity', change: 0, key: 'rpps|1', holder } });
  }
  expect(await foundIds(stores[2] as ResourceStore, everything)).toEqual([`r${winner}`]);
});

test('counters, values to be taken once and secrets are shared', async () => {
  const counted = await Promise.all(
    Array.from({ length: 30 }, (_, n) => all[n % 3]?.expiring.increment('limit', 60_000)),
  );
  expect(counted.map((one) => one?.count ?? 0).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 30 }, (_, n) => n + 1),
  );
  await all[0]?.expiring.put('code', 'value', 60_000);
  const taken = await Promise.all(all.map((stores) => stores.expiring.take('code')));
  expect(taken.filter((value) => value === 'value')).toHaveLength(1);
  const secrets = await Promise.all(all.map((stores) => stores.secret('key')));
  expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
});
