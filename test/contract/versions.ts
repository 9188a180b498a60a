import type { ResourceStore } from '../../src/store/contract.ts';
import {
  deletion,
  everything,
  firstInstant,
  foundIds,
  newTenant,
  type OpenedStores,
  put,
} from './fixtures.ts';

/** Versions: reading, replacing, deleting, history, all or nothing. */
export function describeVersions(stores: OpenedStores): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  test('a created resource is read as it was written', async () => {
    const body =
      '{"resourceType":"Patient","id":"a","name":[{"family":"Éloïse 👩🏽‍⚕️ d’Àrtágnan\\u0000"}],"x":1.10}';
    const result = await store.commit([put('a', { body, restricted: true, method: 'POST' })]);
    expect(result).toEqual({ ok: true });
    const version = await store.read('Patient', 'a');
    expect(version).toMatchObject({
      type: 'Patient',
      id: 'a',
      version: 1,
      lastUpdated: firstInstant + 1000,
      deleted: false,
      method: 'POST',
      restricted: true,
    });
    expect(version?.body.equals(Buffer.from(body))).toBe(true);
  });

  test('what was never written is absent', async () => {
    expect(await store.read('Patient', 'a')).toBeUndefined();
    expect(await store.readVersion('Patient', 'a', 1)).toBeUndefined();
    expect(await store.history('Patient', 'a', { count: 10 })).toEqual([]);
    await store.commit([put('a')]);
    expect(await store.read('Observation', 'a')).toBeUndefined();
    expect(await store.readVersion('Patient', 'a', 2)).toBeUndefined();
  });

  test('ids differ by case', async () => {
    await store.commit([put('a'), put('A')]);
    expect((await store.read('Patient', 'A'))?.id).toBe('A');
    expect(await foundIds(store, { kind: 'ids', ids: ['A'] })).toEqual(['A']);
  });

  test('an update keeps the version before', async () => {
    await store.commit([put('a')]);
    await store.commit([put('a', { version: 2, method: 'PATCH' })]);
    expect(await store.read('Patient', 'a')).toMatchObject({ version: 2, method: 'PATCH' });
    expect(await store.readVersion('Patient', 'a', 1)).toMatchObject({ version: 1, method: 'PUT' });
    expect(String((await store.readVersion('Patient', 'a', 1))?.body)).toContain('"versionId":"1"');
    expect(await store.readVersion('Patient', 'a', 2)).toMatchObject({ version: 2 });
  });

  test('a deletion leaves a tombstone that can be written over', async () => {
    await store.commit([put('a')]);
    await store.commit([deletion('a', 2)]);
    const tombstone = await store.read('Patient', 'a');
    expect(tombstone).toMatchObject({ version: 2, deleted: true, method: 'DELETE' });
    expect(tombstone?.body).toHaveLength(0);
    expect(await store.readMany([{ type: 'Patient', id: 'a' }])).toEqual([]);
    expect(await foundIds(store, everything)).toEqual([]);
    expect(await store.commit([put('a', { version: 3 })])).toEqual({ ok: true });
    expect(await foundIds(store, everything)).toEqual(['a']);
  });

  test('a version that is not the expected one is a conflict and writes nothing', async () => {
    await store.commit([put('a')]);
    const late = await store.commit([put('new'), put('a', { version: 2, expectedVersion: 0 })]);
    expect(late).toEqual({ ok: false, conflict: { kind: 'version', change: 1, currentVersion: 1 } });
    expect(await store.read('Patient', 'new')).toBeUndefined();
    const absent = await store.commit([put('b', { version: 4, expectedVersion: 3 })]);
    expect(absent).toEqual({ ok: false, conflict: { kind: 'version', change: 0, currentVersion: 0 } });
    const removal = await store.commit([deletion('a', 3)]);
    expect(removal).toEqual({ ok: false, conflict: { kind: 'version', change: 0, currentVersion: 1 } });
  });

  test('a tombstone counts as the current version', async () => {
    await store.commit([put('a')]);
    await store.commit([deletion('a', 2)]);
    const result = await store.commit([put('a', { version: 1, expectedVersion: 0 })]);
    expect(result).toEqual({ ok: false, conflict: { kind: 'version', change: 0, currentVersion: 2 } });
  });

  test('of concurrent updates of one version one wins', async () => {
    await store.commit([put('a')]);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.commit([put('a', { version: 2, body: `{"n":${n}}` })])),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const winner = results.findIndex(({ ok }) => ok);
    expect(String((await store.read('Patient', 'a'))?.body)).toBe(`{"n":${winner}}`);
    expect(await store.history('Patient', 'a', { count: 100 })).toHaveLength(2);
  });

  test('history goes from the newest version to the oldest, in pages and from an instant on', async () => {
    await store.commit([put('a')]);
    for (let version = 2; version <= 5; version += 1) await store.commit([put('a', { version })]);
    await store.commit([deletion('a', 6)]);
    const versionsOf = async (page: Parameters<ResourceStore['history']>[2]) =>
      (await store.history('Patient', 'a', page)).map(({ version }) => version);
    expect(await versionsOf({ count: 10 })).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await versionsOf({ count: 2 })).toEqual([6, 5]);
    expect(await versionsOf({ count: 2, before: 5 })).toEqual([4, 3]);
    expect(await versionsOf({ count: 10, before: 1 })).toEqual([]);
    expect(await versionsOf({ count: 10, since: firstInstant + 4000 })).toEqual([6, 5, 4]);
    expect(await versionsOf({ count: 10, before: 6, since: firstInstant + 5000 })).toEqual([5]);
    expect(await versionsOf({ count: 10, since: firstInstant + 6001 })).toEqual([]);
    expect((await store.history('Patient', 'a', { count: 1 }))[0]).toMatchObject({
      deleted: true,
      method: 'DELETE',
    });
  });

  test('readMany keeps the order of the keys, over types, and leaves out what is not there', async () => {
    await store.commit([put('a'), put('b'), put('a', { type: 'Observation' })]);
    const found = await store.readMany([
      { type: 'Observation', id: 'a' },
      { type: 'Patient', id: 'missing' },
      { type: 'Patient', id: 'b' },
      { type: 'Patient', id: 'a' },
    ]);
    expect(found.map(({ type, id }) => `${type}/${id}`)).toEqual(['Observation/a', 'Patient/b', 'Patient/a']);
  });

  test('a commit of many changes over types is seen whole', async () => {
    const changes = Array.from({ length: 250 }, (_, n) =>
      put(`r${n}`, { type: n % 2 === 0 ? 'Patient' : 'Observation' }),
    );
    expect(await store.commit(changes)).toEqual({ ok: true });
    expect(await foundIds(store, everything, { count: 50 })).toHaveLength(125);
    expect(await foundIds(store, everything, { type: 'Observation', count: 50 })).toHaveLength(125);
  });

  test('a commit of nothing is fine', async () => {
    expect(await store.commit([])).toEqual({ ok: true });
  });

  test('a change is seen by every read from the moment it is acknowledged', async () => {
    for (let n = 0; n < 30; n += 1) {
      await store.commit([put(`r${n}`, { index: { token: [{ parameter: 'code', code: `c${n}` }] } })]);
      expect(await foundIds(store, { kind: 'token', parameter: 'code', code: `c${n}` })).toEqual([`r${n}`]);
    }
  });
}
