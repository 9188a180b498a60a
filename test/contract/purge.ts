import type { PurgeChange } from '../../src/store/contract.ts';
import { deletion, everything, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

function purge(id: string, expectedVersion: number, type = 'Patient'): PurgeChange {
  return { kind: 'purge', type, id, expectedVersion };
}

const family = (folded: string) => ({ string: [{ parameter: 'family', folded, exact: folded }] });

/** Purged resources leave nothing that a reader of the store could find. */
export function describePurge(stores: OpenedStores): void {
  test('a purged resource was never there: no version, no history, no match, and its id is free', async () => {
    const store = stores().forTenant(newTenant());
    await store.commit([put('a', { index: family('first') }), put('b', { index: family('first') })]);
    await store.commit([put('a', { version: 2, index: family('second') })]);
    expect(await store.commit([purge('a', 2)])).toEqual({ ok: true });
    expect(await store.read('Patient', 'a')).toBeUndefined();
    expect(await store.readVersion('Patient', 'a', 1)).toBeUndefined();
    expect(await store.readVersion('Patient', 'a', 2)).toBeUndefined();
    expect(await store.history('Patient', 'a', { count: 10 })).toEqual([]);
    expect(await foundIds(store, everything)).toEqual(['b']);
    for (const value of ['first', 'second']) {
      const expression = { kind: 'string', parameter: 'family', match: 'exact', value } as const;
      expect(await foundIds(store, expression)).toEqual(value === 'first' ? ['b'] : []);
    }
    const { versions } = await store.changes({ count: 10 });
    expect(versions.map(({ id, version }) => `${id}/${version}`)).toEqual(['b/1']);
    expect(await store.commit([put('a', { index: family('third') })])).toEqual({ ok: true });
    expect((await store.history('Patient', 'a', { count: 10 })).map(({ version }) => version)).toEqual([1]);
    expect(await foundIds(store, everything)).toEqual(expect.arrayContaining(['a', 'b']));
  });

  test('a deleted resource can be purged, and what was never there', async () => {
    const store = stores().forTenant(newTenant());
    await store.commit([put('a')]);
    await store.commit([deletion('a', 2)]);
    expect(await store.commit([purge('a', 2), purge('never', 0)])).toEqual({ ok: true });
    expect(await store.read('Patient', 'a')).toBeUndefined();
  });

  test('another version than the expected one is a conflict, and nothing is purged or written', async () => {
    const store = stores().forTenant(newTenant());
    await store.commit([put('a'), put('b')]);
    await store.commit([put('b', { version: 2 })]);
    expect(await store.commit([purge('a', 1), put('c'), purge('b', 1)])).toEqual({
      ok: false,
      conflict: { kind: 'version', change: 2, currentVersion: 2 },
    });
    expect((await foundIds(store, everything)).sort()).toEqual(['a', 'b']);
  });

  test('a purge and a put of the same id in one commit start anew', async () => {
    const store = stores().forTenant(newTenant());
    await store.commit([put('a')]);
    expect(await store.commit([purge('a', 1), put('a')])).toEqual({ ok: true });
    expect((await store.history('Patient', 'a', { count: 10 })).map(({ version }) => version)).toEqual([1]);
  });

  test('identity keys and claims are given up', async () => {
    const store = stores().forTenant(newTenant());
    const claim = { key: 'Patient?identifier=1' };
    await store.commit([put('a', { identityKeys: ['rpps|1'], claim })]);
    expect((await store.commit([put('b', { identityKeys: ['rpps|1'] })])).ok).toBe(false);
    expect((await store.commit([put('b', { claim })])).ok).toBe(false);
    await store.commit([purge('a', 1)]);
    expect(await store.commit([put('b', { identityKeys: ['rpps|1'], claim })])).toEqual({ ok: true });
  });

  test('another tenant keeps its resource of the same name', async () => {
    const [mine, other] = [stores().forTenant(newTenant()), stores().forTenant(newTenant())];
    await mine.commit([put('a')]);
    await other.commit([put('a')]);
    await mine.commit([purge('a', 1)]);
    expect(await other.read('Patient', 'a')).toMatchObject({ version: 1 });
  });

  test('deleted resources are told with their last body, in pages', async () => {
    const store = stores().forTenant(newTenant());
    await store.commit(['a', 'b', 'c', 'd'].map((id) => put(id)));
    await store.commit([put('b', { version: 2, body: '{"last":"b"}' })]);
    await store.commit([deletion('a', 2), deletion('b', 3), deletion('c', 2)]);
    await store.commit([put('c', { version: 3 })]);
    const first = await store.deletedResources({ type: 'Patient', count: 1 });
    const second = await store.deletedResources({ type: 'Patient', count: 1, cursor: first.next! });
    const found = [...first.resources, ...second.resources];
    expect(found.map(({ id, version }) => [id, version])).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
    expect(found[1]!.lastBody.toString()).toBe('{"last":"b"}');
    expect(second.next).toBeUndefined();
    expect(await store.deletedResources({ type: 'Observation', count: 5 })).toEqual({ resources: [] });
  });
}
