import { setTimeout as wait } from 'node:timers/promises';
import type { ResourceStore, WatchedVersions } from '../../../src/store/contract.ts';
import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { deletion, everything, foundIds, put } from '../../contract/fixtures.ts';
import { newDatabaseName, openMongoTestStores } from '../../support/mongo.ts';
import { type SilentServer, withSilentServer } from '../../support/silent-server.ts';

/** Milliseconds. */
const limits = { call: 2000, search: 2000, commit: 2000 };

/** Long after the limits, in milliseconds. */
const patience = 8000;

async function withStores(
  work: (store: ResourceStore, stores: MongoStores, server: SilentServer) => Promise<void>,
): Promise<void> {
  const database = newDatabaseName();
  const before = await openMongoTestStores({ database });
  await before.forTenant('t').commit([put('a'), put('b'), put('large', { type: 'Binary', body: large })]);
  await withSilentServer(async (server) => {
    const stores = await openMongoStores({ uri: server.uri, database, selectionTime: 2000, limits });
    const store = stores.forTenant('t');
    try {
      await repeated(() => store.commit([put('a', { version: 2 }), deletion('b', 2)]));
      await work(store, stores, server);
    } finally {
      await stores.close();
      await before.close();
    }
  });
}

/** What each call came to: its value, or the refusal. */
async function outcomes(calls: Record<string, Promise<unknown>>): Promise<Record<string, unknown>> {
  const start = performance.now();
  const ended = Object.entries(calls).map(async ([name, call]) => {
    const outcome = await call.catch((error) => {
      const { status, issues, headers } = error;
      return status === undefined ? error : { status, issues, headers };
    });
    return [name, outcome] as const;
  });
  const found = Object.fromEntries(await Promise.all(ended));
  expect(performance.now() - start).toBeLessThan(patience);
  return found;
}

/** Repeats a call as a caller does who is refused for now. */
async function repeated<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 3 * patience; ; await wait(200)) {
    try {
      return await call();
    } catch (error) {
      if ((error as { status?: number }).status !== 503 || performance.now() > end) throw error;
    }
  }
}

const refusal = expect.objectContaining({
  status: 503,
  headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
});

const unknownEnd = expect.objectContaining({
  status: 503,
  issues: [expect.objectContaining({ diagnostics: expect.stringContaining('look for it') })],
  headers: { 'Retry-After': '5' },
});

const query = { type: 'Patient', expression: everything, sort: [], count: 5 };
const large = JSON.stringify({ text: 'x'.repeat(400_000) });

test('a server that hears and says nothing ends every call in time, nothing is written, and all goes on after it', () =>
  withStores(async (store, stores, server) => {
    await stores.expiring.increment('counter', 60_000);
    const feed = store.watch({ signal: new AbortController().signal })[Symbol.asyncIterator]();
    await feed.next();
    const given: string[] = [];
    const next = async () => {
      const { value } = (await feed.next()) as IteratorResult<WatchedVersions, undefined>;
      given.push(...(value?.versions.map(({ id, version }) => `${id}/${version}`) ?? []));
    };
    const waiting = next();
    server.fallSilent('everything');
    const { count, create, ...found } = await outcomes({
      count: store.count('Patient', everything, 1000),
      create: store.commit([put('e')]),
      read: store.read('Patient', 'a'),
      readLarge: store.read('Binary', 'large'),
      readVersion: store.readVersion('Patient', 'a', 1),
      readMany: store.readMany([{ type: 'Patient', id: 'a' }]),
      history: store.history('Patient', 'a', { count: 5 }),
      changes: store.changes({ count: 5 }),
      heldTypes: store.heldTypes(),
      search: store.search(query),
      deletedResources: store.deletedResources({ type: 'Patient', count: 5 }),
      targets: store.targets('Patient', ['a'], ['link']),
      get: stores.expiring.get('counter'),
      putIfAbsent: stores.expiring.putIfAbsent('new', 'value', 60_000),
      increment: stores.expiring.increment('counter', 60_000),
      secret: stores.secret('s'),
      ping: stores.ping(),
      replaceParameters: stores.indexing.replaceParameters(0, []),
      createLarge: store.commit([put('large-2', { type: 'Binary', body: large })]),
      update: store.commit([put('a', { version: 3 })]),
      transaction: store.commit([put('c'), put('a', { version: 3 })]),
      firstOfType: store.commit([put('d', { type: 'Device' })]),
    });
    for (const [name, outcome] of Object.entries(found)) expect([name, outcome]).toEqual([name, refusal]);
    expect({ count, create }).toEqual({ count: undefined, create: unknownEnd });

    server.speak();
    await repeated(() => stores.ping());
    expect(await foundIds(store, everything)).toEqual(['a']);
    expect(await store.heldTypes()).toEqual(new Set(['Binary', 'Patient']));
    expect(await stores.expiring.increment('counter', 60_000)).toMatchObject({ count: 2 });
    expect(await stores.expiring.get('new')).toBeUndefined();
    expect(await store.commit([put('c'), put('a', { version: 3 })])).toEqual({ ok: true });
    await waiting;
    while (given.length < 2) await next();
    expect(given.sort()).toEqual(['a/3', 'c/1']);
  }));

test('where answers alone are lost, a change is told to be unknown, and is there whole or not at all', () =>
  withStores(async (store, stores, server) => {
    const claim = { key: 'Patient?identifier=x' };
    server.fallSilent('answers');
    const found = await outcomes({
      read: store.read('Patient', 'a'),
      update: store.commit([put('a', { version: 3 }), put('f')]),
      create: store.commit([put('c')]),
      conditional: store.commit([put('d', { claim })]),
      createLarge: store.commit([put('large-2', { type: 'Binary', body: large })]),
    });
    expect(found).toEqual({
      read: refusal,
      update: refusal,
      create: unknownEnd,
      conditional: refusal,
      createLarge: refusal,
    });

    server.speak();
    await repeated(() => stores.ping());
    expect(await store.read('Patient', 'a')).toMatchObject({ version: 2 });
    expect(await store.read('Patient', 'f')).toBeUndefined();
    // What the database began and nobody ends goes on for a while.
    expect(await repeated(() => store.commit([put('e', { claim })]))).toEqual({ ok: true });
    // Sent before the answer was lost, and repeated by nobody.
    expect(await store.read('Patient', 'c')).toMatchObject({ version: 1 });
    expect(await store.commit([put('c')])).toMatchObject({ ok: false });
  }));
