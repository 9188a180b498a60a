import { setTimeout as wait } from 'node:timers/promises';
import type { ResourceStore } from '../../src/store/contract.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const directory = temporaryDirectory;

let ending: AbortController;

beforeEach(() => {
  ending = new AbortController();
});

afterEach(() => ending.abort());

function watch(store: ResourceStore, cursor?: string) {
  const options = cursor === undefined ? {} : { cursor };
  return store.watch({ ...options, signal: ending.signal })[Symbol.asyncIterator]();
}

test('the commits of another process come too, in one order with those of this one', async () => {
  const path = await directory();
  const [one, other] = [
    await openSqliteStores({ directory: path }),
    await openSqliteStores({ directory: path }),
  ];
  const feed = watch(one.forTenant('t'));
  await feed.next();
  const waiting = feed.next();
  await wait(50);
  await other.forTenant('t').commit([put('a'), put('a', { version: 2 })]);
  expect((await waiting).value?.versions).toMatchObject([{ version: 1 }, { version: 2 }]);
  await one.forTenant('t').commit([put('a', { version: 3 })]);
  await other.forTenant('t').commit([put('a', { version: 4 })]);
  expect((await feed.next()).value?.versions).toMatchObject([{ version: 3 }, { version: 4 }]);
  await other.close();
  await one.close();
});

test('a cursor holds when the database is opened again, whatever other tenants wrote meanwhile', async () => {
  const path = await directory();
  let stores = await openSqliteStores({ directory: path });
  const { cursor } = (await watch(stores.forTenant('t')).next()).value ?? { cursor: '' };
  await stores.close();
  stores = await openSqliteStores({ directory: path });
  const others = Array.from({ length: 5000 }, (_, n) => put(`r${n}`));
  await stores.forTenant('other').commit(others);
  await stores.forTenant('t').commit([put('a')]);
  expect((await watch(stores.forTenant('t'), cursor).next()).value?.versions).toMatchObject([{ id: 'a' }]);
  await stores.close();
});

test('the closing of the stores ends it without an error', async () => {
  const stores = await openSqliteStores({ directory: await directory() });
  const feed = watch(stores.forTenant('t'));
  await feed.next();
  const waiting = feed.next();
  await stores.close();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('a cursor of a later state of the database, which was restored, is refused', async () => {
  const stores = await openSqliteStores({ directory: await directory() });
  const store = stores.forTenant('t');
  await store.commit([put('a')]);
  await expect(watch(store, '2').next()).rejects.toMatchObject({ status: 400 });
  await stores.close();
});
