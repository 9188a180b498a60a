import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Change, ResourceStore, StoredVersion, WatchedVersions } from '../../src/store/contract.ts';
import { deletion, firstInstant, newTenant, type OpenedStores, put } from './fixtures.ts';

/** How long nothing has to come for it to be sure that nothing does, in milliseconds. */
const silence = 1500;

/** Each feed of a test ends with it. */
let ending: AbortController;

function nameOf({ type, id, version }: StoredVersion): string {
  return `${type}/${id}/${version}`;
}

/** A watch that is read batch by batch. */
class Watcher {
  readonly #feed: AsyncIterator<WatchedVersions>;
  readonly #signal: AbortSignal;
  cursor: string | undefined;

  constructor(store: ResourceStore, signal: AbortSignal, cursor?: string) {
    this.#signal = signal;
    this.cursor = cursor;
    const options = cursor === undefined ? { signal } : { signal, cursor };
    this.#feed = store.watch(options)[Symbol.asyncIterator]();
  }

  /** The next batch that holds versions, by their names; `undefined` after the end. */
  async batch(): Promise<string[] | undefined> {
    for (;;) {
      const { done, value } = await this.#feed.next();
      if (done) return undefined;
      this.cursor = value.cursor;
      if (value.versions.length > 0) return value.versions.map(nameOf);
    }
  }

  /** Reads until there are so many versions. */
  async take(count: number): Promise<string[]> {
    const names: string[] = [];
    while (names.length < count) {
      const batch = await this.batch();
      if (batch === undefined) throw new Error(`The feed ended after ${names.length} of ${count} versions`);
      names.push(...batch);
    }
    return names;
  }

  /** As a consumer that leaves its loop. */
  async leave(): Promise<string> {
    await this.#feed.return?.();
    return this.cursor as string;
  }

  /** The listeners that the feed has on its signal. */
  get listeners(): number {
    return getEventListeners(this.#signal, 'abort').length;
  }
}

/** A watch from now on: what is committed after this comes. */
async function watching(store: ResourceStore): Promise<Watcher> {
  const signal = ending.signal;
  for await (const { versions, cursor } of store.watch({ signal })) {
    expect(versions).toEqual([]);
    return new Watcher(store, signal, cursor);
  }
  throw new Error('The feed ended');
}

/** The feed of the versions of a tenant as they are committed. */
export function describeWatch(stores: OpenedStores, effort: number): void {
  let tenant: string;
  let store: ResourceStore;

  beforeEach(() => {
    ending = new AbortController();
    tenant = newTenant();
    store = stores().forTenant(tenant);
  });

  afterEach(() => ending.abort());

  test('gives every version that is committed from now on, whole and in the order of the commits', async () => {
    await store.commit([put('before')]);
    const watcher = await watching(store);
    // The instants of the versions are in another order.
    await store.commit([put('b', { lastUpdated: 9000, body: '{"b":1}', restricted: true, method: 'POST' })]);
    await store.commit([put('a', { type: 'Observation', lastUpdated: 5000 })]);
    await store.commit([put('before', { version: 2, lastUpdated: 7000 })]);
    await store.commit([deletion('b', 2)]);
    await store.commit([put('b', { version: 3 })]);
    expect(await watcher.take(5)).toEqual([
      'Patient/b/1',
      'Observation/a/1',
      'Patient/before/2',
      'Patient/b/2',
      'Patient/b/3',
    ]);
    const versions: unknown[] = [];
    const cursor = (await store.watch({ signal: ending.signal })[Symbol.asyncIterator]().next()).value.cursor;
    await store.commit([deletion('b', 4)]);
    await store.commit([put('c', { body: '{"c":1}', restricted: true, method: 'POST', lastUpdated: 9000 })]);
    for await (const batch of store.watch({ cursor, signal: ending.signal })) {
      versions.push(...batch.versions);
      if (versions.length === 2) break;
    }
    expect(versions).toEqual([
      expect.objectContaining({ id: 'b', version: 4, deleted: true, created: false, method: 'DELETE' }),
      {
        type: 'Patient',
        id: 'c',
        version: 1,
        lastUpdated: 9000,
        deleted: false,
        method: 'POST',
        restricted: true,
        created: true,
        body: Buffer.from('{"c":1}'),
      },
    ]);
  });

  test('gives large bodies too', async () => {
    const watcher = await watching(store);
    const body = JSON.stringify({ text: 'x'.repeat(400_000) });
    await store.commit([put('large', { type: 'Binary', body })]);
    for await (const { versions } of store.watch({
      cursor: watcher.cursor as string,
      signal: ending.signal,
    })) {
      if (versions.length === 0) continue;
      expect(String(versions[0]?.body)).toBe(body);
      break;
    }
  });

  test('gives all versions of a commit, the several of one resource one after the other', async () => {
    const watcher = await watching(store);
    await store.commit([
      put('a'),
      put('a', { version: 2 }),
      put('o', { type: 'Observation' }),
      deletion('a', 3),
      put('z'),
    ]);
    const created = await watcher.take(5);
    expect(created.filter((name) => name.includes('/a/'))).toEqual([
      'Patient/a/1',
      'Patient/a/2',
      'Patient/a/3',
    ]);
    expect(created.toSorted().slice(0, 1)).toEqual(['Observation/o/1']);
    await store.commit([put('z', { version: 2 }), put('z', { version: 3 }), put('b')]);
    expect((await watcher.take(3)).toSorted()).toEqual(['Patient/b/1', 'Patient/z/2', 'Patient/z/3']);
  });

  test('gives nothing of a commit that was refused', async () => {
    const watcher = await watching(store);
    await store.commit([put('a', { identityKeys: ['k'] })]);
    expect(await store.commit([put('b'), put('a')])).toMatchObject({ ok: false });
    expect(await store.commit([put('c'), put('d', { identityKeys: ['k'] })])).toMatchObject({ ok: false });
    await store.commit([put('e')]);
    expect(await watcher.take(2)).toEqual(['Patient/a/1', 'Patient/e/1']);
  });

  test('contained resources do not come by themselves', async () => {
    const watcher = await watching(store);
    const { index } = put('m');
    const contained = [{ type: 'Medication', id: 'm', body: '{}', restricted: false, index }];
    await store.commit([put('a', { contained })]);
    await store.commit([put('b')]);
    expect(await watcher.take(2)).toEqual(['Patient/a/1', 'Patient/b/1']);
  });

  test('goes on after a stop, at any batch, without a loss or a repetition', async () => {
    const total = 40;
    let cursor = await (await watching(store)).leave();
    const writing = (async () => {
      for (let n = 0; n < total; n++) await store.commit([put(`r${n}`)]);
    })();
    const names: string[] = [];
    for (let stops = 0; names.length < total; stops++) {
      const watcher = new Watcher(store, ending.signal, cursor);
      names.push(...((await watcher.batch()) ?? []));
      cursor = await watcher.leave();
      if (stops === 3) await wait(20);
    }
    await writing;
    expect(names).toEqual(Array.from({ length: total }, (_, n) => `Patient/r${n}/1`));
    const again = new Watcher(store, ending.signal, cursor);
    await store.commit([put('last')]);
    expect(await again.batch()).toEqual(['Patient/last/1']);
  });

  test('what was committed while nobody watched comes with a resume, more than one batch of it', async () => {
    const total = 250;
    const cursor = await (await watching(store)).leave();
    await store.commit(Array.from({ length: total }, (_, n) => put(`r${n}`)));
    await store.commit([put('r0', { version: 2 })]);
    const names = await new Watcher(store, ending.signal, cursor).take(total + 1);
    expect(names.at(-1)).toBe('Patient/r0/2');
    expect(new Set(names).size).toBe(total + 1);
  });

  test('concurrent writers lose nothing, and two feeds give one order', async () => {
    const watchers = [await watching(store), await watching(store)];
    const writers = 6;
    const each = Math.ceil(20 * Math.max(effort, 0.4));
    const write = async (writer: number) => {
      for (let version = 1; version <= each; version++) {
        const changes: Change[] = [put(`w${writer}`, { version }), put(`w${writer}-${version}`)];
        expect(await store.commit(changes)).toEqual({ ok: true });
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, n) => write(n)));
    const feeds = await Promise.all(watchers.map((watcher) => watcher.take(2 * writers * each)));
    const expected = Array.from({ length: writers }, (_, n) =>
      Array.from({ length: each }, (_, m) => [`Patient/w${n}/${m + 1}`, `Patient/w${n}-${m + 1}/1`]),
    ).flat(2);
    expect(feeds[0]?.toSorted()).toEqual(expected.toSorted());
    expect(feeds[1]).toEqual(feeds[0]);
    for (let n = 0; n < writers; n++) {
      const ofOne = feeds[0]?.filter((name) => name.startsWith(`Patient/w${n}/`));
      expect(ofOne).toEqual(Array.from({ length: each }, (_, m) => `Patient/w${n}/${m + 1}`));
    }
  });

  test('stays within its tenant', async () => {
    const watcher = await watching(store);
    const other = stores().forTenant(newTenant());
    await other.commit([put('theirs')]);
    await store.commit([put('ours')]);
    await other.commit([put('theirs', { version: 2 })]);
    await store.commit([put('ours', { version: 2 })]);
    expect(await watcher.take(2)).toEqual(['Patient/ours/1', 'Patient/ours/2']);
    const { cursor } = watcher;
    expect(await new Watcher(other, ending.signal, cursor).leave()).toBe(cursor);
  });

  test('of a resource that was purged nothing comes any more; of one made after it all does', async () => {
    const cursor = await (await watching(store)).leave();
    await store.commit([put('gone'), put('stays')]);
    await store.commit([put('gone', { version: 2 })]);
    await store.commit([{ kind: 'purge', type: 'Patient', id: 'gone', expectedVersion: 2 }]);
    await store.commit([put('next'), put('gone', { lastUpdated: firstInstant })]);
    const watcher = new Watcher(store, ending.signal, cursor);
    const names = await watcher.take(3);
    expect(names[0]).toBe('Patient/stays/1');
    expect(names.toSorted()).toEqual(['Patient/gone/1', 'Patient/next/1', 'Patient/stays/1']);
  });

  test('an abort ends it without an error and leaves nothing behind', async () => {
    const stop = new AbortController();
    const feed = store.watch({ signal: stop.signal })[Symbol.asyncIterator]();
    await feed.next();
    const next = feed.next();
    await store.commit([put('a')]);
    expect((await next).value?.versions).toHaveLength(1);
    const waiting = feed.next();
    await wait(100);
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    const late = store.watch({ signal: stop.signal })[Symbol.asyncIterator]();
    expect(await late.next()).toEqual({ done: true, value: undefined });
  });

  test('a consumer that leaves its loop leaves nothing behind', async () => {
    const watcher = await watching(store);
    await store.commit([put('a')]);
    await watcher.take(1);
    await watcher.leave();
    expect(watcher.listeners).toBe(0);
    expect(await watcher.batch()).toBeUndefined();
  });

  test('is silent while nothing is committed', async () => {
    const watcher = await watching(store);
    const batch = watcher.batch();
    expect(await Promise.race([batch, wait(silence, 'silence')])).toBe('silence');
    await store.commit([put('a')]);
    expect(await batch).toEqual(['Patient/a/1']);
  });

  test('a cursor of something else is refused', async () => {
    for (const cursor of [
      'x',
      '',
      '[1]',
      '999999999999999',
      Buffer.from('{"time":1}').toString('base64url'),
    ]) {
      const feed = store.watch({ cursor, signal: ending.signal })[Symbol.asyncIterator]();
      await expect(feed.next()).rejects.toMatchObject({ status: 400 });
    }
  });
}
