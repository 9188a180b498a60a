import type { MongoStores } from '../../../src/store/mongo/open.ts';
import { deletion, everything, put } from '../../contract/fixtures.ts';
import { newDatabaseName, openMongoTestStores, withMongoClient } from '../../support/mongo.ts';

const database = newDatabaseName();
let stores: MongoStores;

beforeAll(async () => {
  stores = await openMongoTestStores({ database });
});

afterAll(() => stores.close());

/** More than a document takes, and of two bytes a letter. */
const large = (note: string) => JSON.stringify({ resourceType: 'Binary', note, data: 'é'.repeat(200_000) });

function files(): Promise<number> {
  return withMongoClient((client) => client.db(database).collection('body.files').countDocuments());
}

const binary = { type: 'Binary' };

test('large bodies are files of their own, read like any other and gone with a purge', async () => {
  const store = stores.forTenant('t');
  await store.commit([put('a', { ...binary, body: large('first') })]);
  await store.commit([put('a', { ...binary, version: 2, body: large('second') }), put('s', binary)]);
  expect(await files()).toBe(2);
  expect((await store.read('Binary', 'a'))?.body.toString()).toBe(large('second'));
  expect((await store.readVersion('Binary', 'a', 1))?.body.toString()).toBe(large('first'));
  expect((await store.readMany([{ type: 'Binary', id: 'a' }]))[0]?.body.toString()).toBe(large('second'));
  const { matches } = await store.search({ type: 'Binary', expression: everything, sort: [], count: 5 });
  expect(matches.map(({ id, body }) => [id, body.length])).toEqual([
    ['a', Buffer.byteLength(large('second'))],
    ['s', expect.any(Number)],
  ]);
  const { versions } = await store.changes({ type: 'Binary', count: 5 });
  expect(versions.filter(({ id }) => id === 'a').map(({ body }) => body.length)).toEqual([
    Buffer.byteLength(large('second')),
    Buffer.byteLength(large('first')),
  ]);
  await store.commit([deletion('a', 3, 'Binary')]);
  const { resources } = await store.deletedResources({ type: 'Binary', count: 5 });
  expect(resources[0]?.lastBody.toString()).toBe(large('second'));
  await store.commit([{ kind: 'purge', type: 'Binary', id: 'a', expectedVersion: 3 }]);
  expect(await files()).toBe(0);
});

test('a commit in conflict leaves no file', async () => {
  const store = stores.forTenant('t');
  await store.commit([put('b', binary)]);
  const late = await store.commit([
    put('b', { ...binary, version: 2, expectedVersion: 7, body: large('late') }),
  ]);
  expect(late.ok).toBe(false);
  expect(await files()).toBe(0);
});
