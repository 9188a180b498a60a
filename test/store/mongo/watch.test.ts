import { setTimeout as wait } from 'node:timers/promises';
import type { ResourceStore, WatchedVersions } from '../../../src/store/contract.ts';
import { cursorOf, placeOf } from '../../../src/store/mongo/feed-place.ts';
import { openMongoStores } from '../../../src/store/mongo/open.ts';
import { deletion, newTenant, put } from '../../contract/fixtures.ts';
import { mongoTestUri, newDatabaseName, openMongoTestStores } from '../../support/mongo.ts';
import { startMongoServer } from '../../support/mongo-server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const directory = temporaryDirectory;

let ending: AbortController;

beforeEach(() => {
  ending = new AbortController();
});

afterEach(() => ending.abort());

/** The cursor of now. */
async function now(store: ResourceStore): Promise<string> {
  for await (const { cursor } of store.watch({ signal: ending.signal })) return cursor;
  throw new Error('The feed ended');
}

/** Versions after a cursor as `id/version`, at least as many as asked for, and the cursor after each batch. */
async function take(store: ResourceStore, cursor: string, count: number) {
  const names: string[] = [];
  const cursors: string[] = [];
  for await (const batch of store.watch({ cursor, signal: ending.signal })) {
    names.push(...batch.versions.map(({ id, version }) => `${id}/${version}`));
    cursors.push(batch.cursor);
    if (names.length >= count) break;
  }
  return { names, cursors, last: cursors.at(-1) as string };
}

/** The cursor as it would be had the database forgotten the changes of then: with a token that it does not take. */
function outOfReach(cursor: string): string {
  return cursorOf({ ...placeOf(cursor), token: { _data: 'ffff' } });
}

/** A put that bears the instant at which it is made, or one so many milliseconds earlier. */
const made = (id: string, version = 1, earlier = 0) =>
  put(id, { version, lastUpdated: Date.now() - earlier });

describe('after a cursor that the changes of the database do not reach back to', () => {
  test('nothing is lost and nothing comes twice, whatever the instants of the versions', async () => {
    const stores = await openMongoTestStores();
    const store = stores.forTenant(newTenant());
    await store.commit([made('long-ago', 1, 3_600_000)]);
    const start = await now(store);
    await store.commit([made('a'), made('b')]);
    await store.commit([made('late', 1, 30_000)]);
    const first = await take(store, start, 3);
    // Made before those that were given, committed after them.
    await store.commit([made('later', 1, 20_000), made('a', 2)]);
    await store.commit([{ ...deletion('b', 2), lastUpdated: Date.now() }]);
    const rest = await take(store, outOfReach(first.last), 3);
    expect(rest.names.toSorted()).toEqual(['a/2', 'b/2', 'later/1']);
    await store.commit([made('c')]);
    expect((await take(store, rest.last, 1)).names).toEqual(['c/1']);
    expect((await take(store, outOfReach(rest.last), 1)).names).toEqual(['c/1']);
    await stores.close();
  });

  test('a stop in the middle of the history is no loss, and what is written meanwhile comes after it', async () => {
    const stores = await openMongoTestStores();
    const store = stores.forTenant(newTenant());
    let cursor = await now(store);
    const total = 250;
    await store.commit(Array.from({ length: total }, (_, n) => made(`r${n}`)));
    const names: string[] = [];
    for (let stops = 0; names.length < total + 3; stops++) {
      // Again and again, in the middle of the history too.
      const batch = await take(store, stops < 3 ? outOfReach(cursor) : cursor, 1);
      if (stops < 3) await store.commit([made(`while-${stops}`, 1, 1000)]);
      names.push(...batch.names);
      cursor = batch.last;
    }
    const expected = Array.from({ length: total }, (_, n) => `r${n}/1`);
    expect(names.toSorted()).toEqual([...expected, 'while-0/1', 'while-1/1', 'while-2/1'].toSorted());
    await stores.close();
  });
});

test('it sees the commits of other processes, in one order with those of its own', async () => {
  const database = newDatabaseName();
  const one = await openMongoTestStores({ database });
  const other = await openMongoStores({ uri: await mongoTestUri(), database });
  const tenant = newTenant();
  const cursor = await now(one.forTenant(tenant));
  for (let version = 1; version <= 6; version++)
    await [one, other][version % 2]?.forTenant(tenant).commit([put('a', { version })]);
  const { names } = await take(one.forTenant(tenant), cursor, 6);
  expect(names).toEqual(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6']);
  await other.close();
  await one.close();
});

test('an abort gives back the cursor that the database holds', async () => {
  const commands: string[] = [];
  const stores = await openMongoTestStores({ onCommand: (name) => commands.push(name) });
  const store = stores.forTenant(newTenant());
  const cursor = await now(store);
  const feed = store.watch({ cursor, signal: ending.signal })[Symbol.asyncIterator]();
  const waiting = feed.next();
  await wait(200);
  commands.length = 0;
  ending.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(commands).toContain('killCursors');
  await stores.close();
});

test('the closing of the stores ends it without an error', async () => {
  const stores = await openMongoTestStores();
  const store = stores.forTenant(newTenant());
  const cursor = await now(store);
  const feed = store.watch({ cursor, signal: ending.signal })[Symbol.asyncIterator]();
  const waiting = feed.next();
  await wait(100);
  await stores.close();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('it waits for a database that is away, and goes on where it was', async () => {
  const data = await directory();
  const flags = ['--sync-on-commit'];
  let server = await startMongoServer({ directory: data, flags });
  const stores = await openMongoStores({ uri: server.uri, selectionTime: 500, limits: { commit: 2000 } });
  const store = stores.forTenant('t');
  const feed = store.watch({ signal: ending.signal })[Symbol.asyncIterator]();
  await feed.next();
  await store.commit([made('a')]);
  const names = async () => {
    const { value } = (await feed.next()) as IteratorResult<WatchedVersions, undefined>;
    return value?.versions.map(({ id }) => id);
  };
  expect(await names()).toEqual(['a']);
  const next = names();
  await server.kill();
  await expect(store.commit([made('lost')])).rejects.toMatchObject({ status: 503 });
  server = await startMongoServer({ directory: data, port: server.port, flags });
  await store.commit([made('b')]);
  expect(await next).toEqual(['b']);
  await stores.close();
  await server.kill();
});
