import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { everything, foundIds, put } from '../../contract/fixtures.ts';
import { type MongoServer, startMongoServer } from '../../support/mongo-server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const directory = temporaryDirectory;

const refusal = {
  status: 503,
  issues: [expect.objectContaining({ code: 'transient' })],
  headers: { 'Retry-After': '5' },
};

let server: MongoServer;
let stores: MongoStores;
let data: string;

const flags = ['--sync-on-commit'];

beforeAll(async () => {
  data = await directory();
  server = await startMongoServer({ directory: data, flags });
  stores = await openMongoStores({ uri: server.uri, selectionTime: 500, limits: { commit: 2000 } });
});

afterAll(async () => {
  await stores.close();
  await server.kill();
});

test('without its server every call is refused for a while, and goes on when one is back', async () => {
  const store = stores.forTenant('t');
  await store.commit([put('a'), put('b')]);
  await server.kill();
  await expect(store.commit([put('c'), put('a', { version: 2 })])).rejects.toMatchObject(refusal);
  await expect(store.read('Patient', 'a')).rejects.toMatchObject(refusal);
  await expect(
    store.search({ type: 'Patient', expression: everything, sort: [], count: 5 }),
  ).rejects.toMatchObject(refusal);
  await expect(stores.expiring.get('x')).rejects.toMatchObject(refusal);
  await expect(stores.ping()).rejects.toMatchObject(refusal);
  server = await startMongoServer({ directory: data, port: server.port, flags });
  await expect(stores.ping()).resolves.toBeUndefined();
  expect(await foundIds(store, everything)).toEqual(['a', 'b']);
  expect(await store.read('Patient', 'a')).toMatchObject({ version: 1 });
  expect(await store.commit([put('c'), put('a', { version: 2 })])).toEqual({ ok: true });
});
