import { readSettings } from '../../../src/operability/settings.ts';
import { openStores } from '../../../src/server-stores.ts';
import type { ResourceStore } from '../../../src/store/contract.ts';
import { compareDatabases } from '../../../src/store/copy/comparison.ts';
import { copyDatabase } from '../../../src/store/copy/copy.ts';
import { mongoMigrationPlan } from '../../../src/store/mongo/migration-plan.ts';
import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { shardingOf } from '../../../src/store/mongo/shard-cluster.ts';
import type { Tenancy } from '../../../src/store/mongo/tenant-databases.ts';
import { deletion, everything, foundIds, put } from '../../contract/fixtures.ts';
import { values } from '../../contract/outdated-commits.ts';
import {
  databasesOf,
  dropMongoDatabase,
  mongoTestUri,
  newDatabaseName,
  openMongoTestStores,
  withMongoClient,
} from '../../support/mongo.ts';

/** Names that MongoDB does not take for a database, or takes for one with others. */
const unusual = ['Nord', 'nord', 'a/b', 'é'.repeat(60), 'x'.repeat(80)];

const index = values('old');

const withCode = (store: ResourceStore, code: string) =>
  foundIds(store, { kind: 'token', parameter: 'code', code });

async function filled(tenancy: Tenancy, database = newDatabaseName()): Promise<MongoStores> {
  const stores = await openMongoTestStores({ database, tenancy });
  const large = JSON.stringify({ text: 'x'.repeat(400_000) });
  for (const tenant of ['one', 'two']) {
    const store = stores.forTenant(tenant);
    const keys = { identityKeys: ['k'], claim: { key: 'Patient?x=1' } };
    await store.commit([put('a', { index, ...keys }), put('l', { type: 'Binary', body: large })]);
    await store.commit([put('a', { version: 2, index, identityKeys: ['k'] })]);
    await store.commit([put(`of-${tenant}`, { index })]);
    await store.commit([deletion(`of-${tenant}`, 2)]);
  }
  await stores.expiring.put('session', 'value', 3_600_000);
  return stores;
}

async function contentOf(database: string): Promise<string[]> {
  const collections = await withMongoClient((client) => client.db(database).listCollections().toArray());
  return collections.map(({ name }) => name).sort();
}

test('each tenant has a database of its own, and what they share is beside them', async () => {
  const database = newDatabaseName();
  const stores = await filled('apart', database);
  const names = await withMongoClient((client) => databasesOf(client, database));
  expect(names).toEqual([database, `${database}_one`, `${database}_two`]);
  const shared = await contentOf(database);
  expect(shared).toEqual(expect.arrayContaining(['expiring', 'fact', 'scope']));
  expect(shared.filter((name) => /current|history|body/.test(name))).toEqual([]);
  expect(await contentOf(`${database}_one`)).toEqual(
    expect.arrayContaining([
      'body.chunks',
      'claim',
      'current.Binary',
      'current.Patient',
      'history.Patient',
      'identity',
    ]),
  );
  await withMongoClient(async (client) => {
    for (const name of ['current.Patient', 'history.Patient', 'identity', 'claim']) {
      const documents = await client.db(`${database}_one`).collection(name).find().toArray();
      expect(new Set(documents.map(({ tenant }) => tenant))).toEqual(new Set(['one']));
    }
  });
  await stores.close();
});

test('any name of a tenant has one', async () => {
  const database = newDatabaseName();
  const stores = await openMongoTestStores({ database, tenancy: 'apart' });
  for (const tenant of unusual) await stores.forTenant(tenant).commit([put(`of-${unusual.indexOf(tenant)}`)]);
  for (const tenant of unusual)
    expect(await foundIds(stores.forTenant(tenant), everything)).toEqual([`of-${unusual.indexOf(tenant)}`]);
  const names = await withMongoClient((client) => databasesOf(client, database));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(unusual.length + 1);
  await stores.close();
});

test('a database keeps its tenants as it was made, and refuses to be opened otherwise', async () => {
  const uri = await mongoTestUri();
  for (const [tenancy, other, advice] of [
    ['apart', 'together', 'MONGODB_TENANT_DATABASES=on'],
    ['together', 'apart', 'MONGODB_TENANT_DATABASES=off'],
  ] as const) {
    const database = newDatabaseName();
    const stores = await openMongoTestStores({ database, tenancy });
    await stores.forTenant('one').commit([put('a')]);
    await expect(openMongoStores({ uri, database, tenancy: other })).rejects.toThrow(advice);
    const again = await openMongoStores({ uri, database });
    expect(await foundIds(again.forTenant('one'), everything)).toEqual(['a']);
    await again.close();
    await stores.close();
  }
});

test('the setting decides, but for the source of a copy', async () => {
  const database = newDatabaseName();
  const settingsFor = async (value: string) =>
    readSettings({
      NODE_ENV: 'test',
      MONGODB_URI: await mongoTestUri(),
      MONGODB_DATABASE: database,
      MONGODB_TENANT_DATABASES: value,
    });
  const stores = await openStores(await settingsFor('on'), () => undefined);
  await stores.forTenant('one').commit([put('a')]);
  await stores.close();
  expect(await contentOf(`${database}_one`)).toContain('current.Patient');
  const off = await settingsFor('off');
  await expect(openStores(off, () => undefined)).rejects.toThrow('MONGODB_TENANT_DATABASES=on');
  const source = await openStores(off, () => undefined, { anyTenancy: true });
  expect(await foundIds(source.forTenant('one'), everything)).toEqual(['a']);
  await source.close();
  await dropMongoDatabase(database);
});

test('a database from before there was a choice keeps them together', async () => {
  const database = newDatabaseName();
  const stores = await openMongoTestStores({ database });
  await stores.forTenant('one').commit([put('a')]);
  await withMongoClient((client) =>
    client.db(database).collection<{ _id: string }>('fact').deleteOne({ _id: 'tenancy' }),
  );
  const uri = await mongoTestUri();
  await expect(openMongoStores({ uri, database, tenancy: 'apart' })).rejects.toThrow('in one database');
  await stores.close();
});

test.each([
  ['together', 'apart'],
  ['apart', 'together'],
  ['apart', 'apart'],
] as const)('a copy from tenants %s to tenants %s has everything', async (from, to) => {
  const source = await filled(from);
  const target = await openMongoTestStores({ tenancy: to });
  const done = await copyDatabase({
    source,
    target,
    index: () => ({ index, contained: [] }),
    refresh: () => undefined,
  });
  expect(done).toBe('new');
  const comparison = await compareDatabases(source.transfer, target.transfer);
  expect(comparison).toMatchObject({ isEqual: true, claims: { source: 2, target: 2 } });
  expect(comparison.types.map(({ target: { tenant, type, versions } }) => [tenant, type, versions])).toEqual([
    ['one', 'Binary', 1],
    ['one', 'Patient', 4],
    ['two', 'Binary', 1],
    ['two', 'Patient', 4],
  ]);
  expect(await target.expiring.get('session')).toBe('value');
  await target.close();
  await source.close();
});

test('indexing anew goes over the databases of all tenants', async () => {
  const stores = await filled('apart');
  const bodies = JSON.stringify({ resourceType: 'Patient', id: 'a', meta: { versionId: '2' } });
  const types: string[] = [];
  const done = await stores.indexing.reindex((type, body) => {
    if (body === bodies) types.push(type);
    return values('new');
  });
  expect(done).toEqual({ end: 'complete', count: 4 });
  expect(types).toEqual(['Patient', 'Patient']);
  for (const tenant of ['one', 'two']) {
    expect(await withCode(stores.forTenant(tenant), 'new')).toEqual(['a']);
    expect(await withCode(stores.forTenant(tenant), 'old')).toEqual([]);
  }
  await stores.close();
});

test('missing indexes and the commands of a cluster are those of all databases', async () => {
  const database = newDatabaseName();
  const stores = await filled('apart', database);
  const uri = await mongoTestUri();
  await withMongoClient((client) =>
    client.db(`${database}_two`).collection('current.Patient').dropIndex('keys'),
  );
  const plan = await mongoMigrationPlan({ uri, database });
  expect(plan.indexes).toEqual([`${database}_two.current.Patient: keys`]);
  const { commands } = await shardingOf({ uri, database });
  expect(commands).toEqual(
    expect.arrayContaining([
      { shardCollection: `${database}.expiring`, key: { _id: 1 } },
      { enableSharding: `${database}_one` },
      { shardCollection: `${database}_one.current.Patient`, key: { tenant: 1, id: 1 } },
      { shardCollection: `${database}_two.history.Patient`, key: { tenant: 1, id: 1 } },
    ]),
  );
  const again = await openMongoStores({ uri, database });
  await again.indexBuilds.settled();
  expect((await mongoMigrationPlan({ uri, database })).indexes).toEqual([]);
  await again.close();
  await stores.close();
});
