import type { Bundle } from 'fhir/r4.d.ts';
import type { ClientOptions } from '../../../src/store/mongo/client.ts';
import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { deletion, everything, foundIds, put } from '../../contract/fixtures.ts';
import { type FailingPrimary, withFailingPrimary } from '../../support/failing-primary.ts';
import { fhirHttp } from '../../support/fhir-http.ts';
import { dropMongoDatabase, newDatabaseName } from '../../support/mongo.ts';
import { startTestServer } from '../../support/server.ts';

const refusal = {
  status: 503,
  issues: [expect.objectContaining({ code: 'transient' })],
  headers: { 'Retry-After': '5' },
};

/** They wait side by side for a primary. */
async function expectRefused(...calls: Promise<unknown>[]): Promise<void> {
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(refusal)));
}

const generous = { call: 60_000, search: 120_000, commit: 120_000 };

async function withStores(
  options: Partial<ClientOptions>,
  work: (stores: MongoStores, primary: FailingPrimary) => Promise<void>,
): Promise<void> {
  const database = newDatabaseName();
  await withFailingPrimary(async (primary) => {
    const stores = await openMongoStores({
      uri: primary.uri,
      database,
      selectionTime: 1000,
      limits: generous,
      ...options,
    });
    try {
      await work(stores, primary);
    } finally {
      await stores.close();
      await dropMongoDatabase(database);
    }
  });
}

const index = { reference: [{ parameter: 'link', type: 'Patient', id: 'b' }] };

test('without a primary all that reads goes on, and what writes is refused until there is one', () =>
  withStores({}, async (stores, primary) => {
    const store = stores.forTenant('t');
    const large = JSON.stringify({ text: 'x'.repeat(400_000) });
    await store.commit([put('a', { index }), put('b'), put('large', { type: 'Binary', body: large })]);
    await store.commit([put('a', { version: 2, index })]);
    await store.commit([deletion('b', 2)]);
    await primary.fail();
    const query = { type: 'Patient', expression: everything, sort: [], count: 5 };
    expect(await store.read('Patient', 'a')).toMatchObject({ version: 2 });
    expect(String((await store.read('Binary', 'large'))?.body)).toBe(large);
    expect(await store.readVersion('Patient', 'a', 1)).toMatchObject({ version: 1 });
    expect(await store.readMany([{ type: 'Patient', id: 'a' }])).toHaveLength(1);
    expect(await store.history('Patient', 'b', { count: 5 })).toHaveLength(2);
    expect((await store.changes({ count: 10 })).versions).toHaveLength(5);
    expect(await store.heldTypes()).toEqual(new Set(['Binary', 'Patient']));
    expect((await store.search(query)).matches).toHaveLength(1);
    expect(await store.count('Patient', everything, 60_000)).toBe(1);
    expect(await store.targets('Patient', ['a'], ['link'])).toEqual([{ type: 'Patient', id: 'b' }]);
    expect((await store.deletedResources({ type: 'Patient', count: 5 })).resources).toHaveLength(1);

    await expectRefused(
      store.commit([put('c')]),
      store.commit([put('c'), put('d')]),
      store.commit([put('c', { claim: { key: 'Patient?x=1' } })]),
      store.commit([put('a', { version: 3 }), put('d')]),
      stores.expiring.putIfAbsent('k', 'v', 1000),
      stores.ping(),
    );

    await primary.recover();
    expect(await foundIds(store, everything)).toEqual(['a']);
    expect(await store.commit([put('a', { version: 3 }), put('d')])).toEqual({ ok: true });
    expect(await store.read('Patient', 'a')).toMatchObject({ version: 3 });
  }));

test('a process that has not read a type yet finds its indexes without a primary too', () =>
  withStores({}, async (stores, primary) => {
    await stores.forTenant('t').commit([put('a')]);
    const { uri } = primary;
    const database = newDatabaseName();
    const other = await openMongoStores({ uri, database, selectionTime: 1000, limits: generous });
    try {
      await primary.fail();
      expect(await foundIds(other.forTenant('t'), everything)).toEqual([]);
    } finally {
      await other.close();
      await dropMongoDatabase(database);
    }
  }));

test('an index that was to be built meanwhile is built when there is a primary', () =>
  withStores({}, async (stores, primary) => {
    const store = stores.forTenant('t');
    await store.commit([put('a')]);
    await primary.fail();
    const sort = [{ parameter: 'family', family: 'string', descending: false }] as const;
    expect(await foundIds(store, everything, { sort })).toEqual(['a']);
    const build = 'current.Patient: sort lowest.string-family';
    expect(stores.indexBuilds.building).toEqual([build]);
    await expect(store.commit([put('b')])).rejects.toMatchObject(refusal);
    expect(stores.indexBuilds.building).toEqual([build]);
    await primary.recover();
    await stores.indexBuilds.settled();
    expect(stores.indexBuilds.failed).toEqual([]);
    expect(await foundIds(store, everything, { sort })).toEqual(['a']);
  }));

test('stores are closed while an index waits for a primary', () =>
  withStores({}, async (stores, primary) => {
    const store = stores.forTenant('t');
    await store.commit([put('a')]);
    await primary.fail();
    const sort = [{ parameter: 'family', family: 'string', descending: false }] as const;
    await foundIds(store, everything, { sort });
    await stores.close();
    expect(stores.indexBuilds.building).toEqual([]);
  }));

test('reads of the primary alone are refused without one', () =>
  withStores({ readPreference: 'primary', searchPreference: 'primary' }, async (stores, primary) => {
    const store = stores.forTenant('t');
    await store.commit([put('a')]);
    await primary.fail();
    await expectRefused(
      store.read('Patient', 'a'),
      store.history('Patient', 'a', { count: 5 }),
      foundIds(store, everything),
    );
    await primary.recover();
    expect(await store.read('Patient', 'a')).toMatchObject({ version: 1 });
  }));

test('a server answers reads with 200 and writes with 503 and Retry-After', async () => {
  const database = newDatabaseName();
  await withFailingPrimary(async (primary) => {
    const server = await startTestServer({
      INSI_MODE: 'off',
      MONGODB_URI: primary.uri,
      MONGODB_DATABASE: database,
      MONGODB_CALL_TIMEOUT_SECONDS: '60',
      MONGODB_COMMIT_TIMEOUT_SECONDS: '120',
      MONGODB_SELECTION_TIMEOUT_SECONDS: '1',
    });
    try {
      const http = fhirHttp(server.origin);
      const patient = (family: string) => ({ resourceType: 'Patient', id: 'a', name: [{ family }] });
      expect((await http.put('Patient/a', patient('Martin'))).status).toBe(201);
      expect((await http.put('Patient/a', patient('Durand'))).status).toBe(200);
      await primary.fail();
      const refused = await http.put('Patient/a', patient('Petit'));
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
      const statuses: Record<string, number> = {};
      for (const path of ['Patient/a', 'Patient/a/_history/1', 'Patient/a/_history', 'Patient/_history'])
        statuses[path] = (await http.get(path)).status;
      expect(new Set(Object.values(statuses))).toEqual(new Set([200]));
      const found = await http.get('Patient?family=durand');
      expect([found.status, found.json<Bundle>().entry?.length]).toEqual([200, 1]);
      await primary.recover();
      expect((await http.put('Patient/a', patient('Petit'))).status).toBe(200);
      const history = (await http.get('Patient/a/_history')).json<Bundle>();
      expect(history.entry).toHaveLength(3);
    } finally {
      await server.stop();
      await dropMongoDatabase(database);
    }
  });
});
