import fc from 'fast-check';
import type { ChangesPage, ResourceStore, StoredVersion } from '../../src/store/contract.ts';
import { deletion, newTenant, type OpenedStores, put } from './fixtures.ts';

const types = ['Patient', 'Observation'];

/** All pages of a history, in their order, as `Type/id/version`. */
async function changeNames(store: ResourceStore, page: ChangesPage): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const found = await store.changes(cursor === undefined ? page : { ...page, cursor });
    names.push(...found.versions.map(nameOf));
    cursor = found.next;
  } while (cursor !== undefined);
  return names;
}

function nameOf({ type, id, version }: Pick<StoredVersion, 'type' | 'id' | 'version'>): string {
  return `${type}/${id}/${version}`;
}

/** Histories of a type and of a whole tenant: newest first, by pages, from an instant on, at a time. */
export function describeChanges(stores: OpenedStores, effort: number): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  test('hold every version of every resource, deletions too, newest first', async () => {
    await store.commit([
      put('a', { lastUpdated: 1000 }),
      put('o', { type: 'Observation', lastUpdated: 2000 }),
    ]);
    await store.commit([put('a', { version: 2, lastUpdated: 3000 })]);
    await store.commit([{ ...deletion('a', 3), lastUpdated: 4000 }]);
    expect(await changeNames(store, { count: 10 })).toEqual([
      'Patient/a/3',
      'Patient/a/2',
      'Observation/o/1',
      'Patient/a/1',
    ]);
    expect(await changeNames(store, { type: 'Observation', count: 10 })).toEqual(['Observation/o/1']);
    expect(await changeNames(store, { type: 'Group', count: 10 })).toEqual([]);
    const { versions } = await store.changes({ type: 'Patient', count: 2 });
    expect(versions).toMatchObject([
      { deleted: true, method: 'DELETE', created: false },
      { deleted: false, version: 2, created: false },
    ]);
    expect(String(versions[1]?.body)).toContain('"versionId":"2"');
  });

  test('tell the versions that created their resource, the first and those after a deletion', async () => {
    await store.commit([put('a')]);
    await store.commit([deletion('a', 2)]);
    await store.commit([put('a', { version: 3 })]);
    await store.commit([put('a', { version: 4 })]);
    const { versions } = await store.changes({ count: 10 });
    expect(versions.map(({ created }) => created)).toEqual([false, true, false, true]);
  });

  test('stay within their tenant', async () => {
    await stores()
      .forTenant(newTenant())
      .commit([put('a')]);
    expect(await store.changes({ count: 10 })).toEqual({ versions: [] });
  });

  test('repeat and lose no version that was there when the first page was read', async () => {
    await store.commit(Array.from({ length: 7 }, (_, n) => put(`r${n}`)));
    const first = await store.changes({ count: 3 });
    await store.commit([put('r1', { version: 2 }), deletion('r5', 2), put('new')]);
    const rest = await changeNames(store, { count: 3, cursor: first.next as string });
    const expected = Array.from({ length: 7 }, (_, n) => `Patient/r${n}/1`);
    expect([...first.versions.map(nameOf), ...rest].sort()).toEqual(expected);
  });

  test('a cursor of something else is refused', async () => {
    for (const cursor of ['x', '[1]', '["a",1,2]']) {
      await expect(store.changes({ count: 3, cursor })).rejects.toMatchObject({ status: 400 });
    }
  });

  test('at and since agree with a model over random writes', async () => {
    const steps = fc.array(
      fc.record({ type: fc.constantFrom(...types), id: fc.constantFrom('a', 'b', 'c'), pause: fc.nat(3) }),
      { minLength: 1, maxLength: 14 },
    );
    const window = fc.record(
      {
        type: fc.constantFrom(...types),
        since: fc.nat(30),
        at: fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 5 })),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(steps, window, fc.integer({ min: 1, max: 6 }), async (writes, asked, count) => {
        const tenant = stores().forTenant(newTenant());
        const made: { type: string; id: string; version: number; from: number; until: number }[] = [];
        let now = 0;
        for (const { type, id, pause } of writes) {
          now += pause;
          const before = made.findLast((one) => one.type === type && one.id === id);
          const version = (before?.version ?? 0) + 1;
          await tenant.commit([put(id, { type, version, lastUpdated: now })]);
          if (before !== undefined) before.until = now;
          made.push({ type, id, version, from: now, until: Number.POSITIVE_INFINITY });
        }
        const { since = 0, type, at } = asked;
        const [low, high] = at === undefined ? [0, 1000] : [at[0], at[0] + at[1]];
        const expected = made
          .filter((one) => type === undefined || one.type === type)
          .filter((one) => one.from >= since && (at === undefined || (one.from < high && one.until > low)))
          .map(nameOf);
        const page: ChangesPage = {
          count,
          ...(type === undefined ? {} : { type }),
          ...(asked.since === undefined ? {} : { since }),
          ...(at === undefined ? {} : { at: { low, high } }),
        };
        const found = await changeNames(tenant, page);
        expect([...found].sort()).toEqual([...expected].sort());
        const instants = found.map((name) => made.find((one) => nameOf(one) === name)?.from as number);
        expect(instants).toEqual([...instants].sort((a, b) => b - a));
        const ofOne = (await tenant.history('Patient', 'a', { ...page, count: 100 })).map(nameOf);
        const alone = found.filter((name) => name.startsWith('Patient/a/'));
        if (type !== 'Observation') expect(ofOne).toEqual(alone);
        expect(await changeNames(tenant, { ...page, oldestFirst: true })).toEqual([...found].reverse());
        const backwards = await tenant.history('Patient', 'a', { ...page, count: 100, oldestFirst: true });
        expect(backwards.map(nameOf)).toEqual([...ofOne].reverse());
      }),
      { numRuns: Math.ceil(60 * effort) },
    );
  });
}
