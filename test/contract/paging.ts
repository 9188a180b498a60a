import type { SortKey } from '../../src/search/expression.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import { deletion, everything, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

const byName: SortKey = { parameter: 'name', family: 'string', descending: false };
const byBirth: SortKey = { parameter: 'birthdate', family: 'date', descending: false };

function person(name?: string, born?: number): Partial<IndexValues> {
  return {
    string: name === undefined ? [] : [{ parameter: 'name', folded: name, exact: name }],
    date: born === undefined ? [] : [{ parameter: 'birthdate', low: born, high: born + 1 }],
  };
}

/** The order of matches, and pages that stay in place while others write. */
export function describePaging(stores: OpenedStores): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  /** Commits of one: the order of creation is the order of the keys. */
  async function given(people: Record<string, Partial<IndexValues>>): Promise<void> {
    for (const [id, index] of Object.entries(people)) await store.commit([put(id, { index })]);
  }

  test('without a sort the order is that of creation, whatever is updated', async () => {
    await given({ c: {}, a: {}, b: {} });
    await store.commit([put('c', { version: 2 })]);
    expect(await foundIds(store, everything, { count: 1 })).toEqual(['c', 'a', 'b']);
  });

  test('a page holds what is asked for and the last one has no next', async () => {
    await given({ a: {}, b: {}, c: {}, d: {} });
    const page = (count: number) =>
      store.search({ type: 'Patient', expression: everything, sort: [], count });
    expect((await page(4)).next).toBeUndefined();
    expect((await page(3)).next).toBeDefined();
    expect((await page(3)).matches).toHaveLength(3);
    expect((await page(0)).matches).toEqual([]);
  });

  test('matches come with their whole version', async () => {
    await store.commit([put('a', { restricted: true, method: 'POST' })]);
    const { matches } = await store.search({ type: 'Patient', expression: everything, sort: [], count: 5 });
    expect(matches).toEqual([await store.read('Patient', 'a')]);
  });

  test('resources without a value come last in both directions', async () => {
    await given({ none1: person(), b: person('b'), a: person('a'), none2: person(), c: person('c') });
    for (const count of [1, 2, 3, 10]) {
      const up = await foundIds(store, everything, { sort: [byName], count });
      expect(up.slice(0, 3)).toEqual(['a', 'b', 'c']);
      expect(up.slice(3).sort()).toEqual(['none1', 'none2']);
      const down = await foundIds(store, everything, { sort: [{ ...byName, descending: true }], count });
      expect(down.slice(0, 3)).toEqual(['c', 'b', 'a']);
      expect(down.slice(3).sort()).toEqual(['none1', 'none2']);
    }
  });

  test('of several values the lowest counts upwards and the highest downwards', async () => {
    const names = (...values: string[]) => ({
      string: values.map((value) => ({ parameter: 'name', folded: value, exact: value })),
    });
    await given({ wide: names('m', 'a', 'z'), middle: names('k', 'n') });
    expect(await foundIds(store, everything, { sort: [byName] })).toEqual(['wide', 'middle']);
    const down = { ...byName, descending: true };
    expect(await foundIds(store, everything, { sort: [down], count: 1 })).toEqual(['wide', 'middle']);
  });

  test('texts sort by code point', async () => {
    await given({ face: person('😀'), high: person('\uff5e'), z: person('z') });
    expect(await foundIds(store, everything, { sort: [byName], count: 1 })).toEqual(['z', 'high', 'face']);
  });

  test('several keys, in their own directions', async () => {
    await given({
      a1: person('a', 1),
      a2: person('a', 2),
      b1: person('b', 1),
      a: person('a'),
      b: person('b', 3),
      none: person(undefined, 9),
    });
    for (const count of [1, 4, 10]) {
      const sort = [byName, { ...byBirth, descending: true }];
      expect(await foundIds(store, everything, { sort, count })).toEqual([
        'a2',
        'a1',
        'a',
        'b',
        'b1',
        'none',
      ]);
    }
  });

  test('by id and by last update', async () => {
    await given({ b: {}, c: {}, a: {} });
    await store.commit([put('c', { version: 2 })]);
    const byId: SortKey = { parameter: '_id', family: 'id', descending: false };
    const byUpdate: SortKey = { parameter: '_lastUpdated', family: 'lastUpdated', descending: true };
    expect(await foundIds(store, everything, { sort: [byId], count: 1 })).toEqual(['a', 'b', 'c']);
    expect(await foundIds(store, everything, { sort: [{ ...byId, descending: true }] })).toEqual([
      'c',
      'b',
      'a',
    ]);
    expect((await foundIds(store, everything, { sort: [byUpdate], count: 1 }))[0]).toBe('c');
    const updateThenId = [byUpdate, byId];
    expect(await foundIds(store, everything, { sort: updateThenId, count: 1 })).toEqual(['c', 'a', 'b']);
  });

  test('every family can be sorted by', async () => {
    await given({
      high: {
        token: [{ parameter: 'k', code: 'b', system: 's' }],
        number: [{ parameter: 'k', low: 10, high: 11 }],
        quantity: [{ parameter: 'k', low: 10, high: 11, code: 'kg' }],
        reference: [{ parameter: 'k', type: 'Patient', id: '2' }],
        uri: [{ parameter: 'k', value: 'urn:b' }],
      },
      low: {
        token: [{ parameter: 'k', code: 'a', system: 't' }],
        number: [{ parameter: 'k', low: -9, high: -8 }],
        quantity: [{ parameter: 'k', low: 9, high: 10 }],
        reference: [{ parameter: 'k', type: 'Patient', id: '1' }],
        uri: [{ parameter: 'k', value: 'urn:a' }],
      },
    });
    for (const family of ['token', 'number', 'quantity', 'reference', 'uri'] as const) {
      const sort = [{ parameter: 'k', family, descending: false }];
      expect(await foundIds(store, everything, { sort, count: 1 })).toEqual(['low', 'high']);
    }
  });

  test('ties are told apart: each appears once', async () => {
    await given(Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`r${n}`, person('same', n % 2)])));
    for (const sort of [[byName], [{ ...byName, descending: true }], [byBirth, byName]]) {
      const ids = await foundIds(store, everything, { sort, count: 4 });
      expect(new Set(ids).size).toBe(25);
      expect(ids).toHaveLength(25);
    }
  });

  for (const [title, sort] of [
    ['in the order of creation', []],
    ['sorted', [byName]],
    ['sorted backwards', [{ ...byName, descending: true }]],
  ] as const) {
    test(`pages do not shift under writes, ${title}`, async () => {
      const names = Array.from({ length: 40 }, (_, n) => `n${String(n).padStart(2, '0')}`);
      await given(Object.fromEntries(names.map((name) => [name, person(name)])));
      const seen: string[] = [];
      let cursor: string | undefined;
      let round = 0;
      do {
        const query = { type: 'Patient', expression: everything, sort, count: 5 };
        const page = await store.search(cursor === undefined ? query : { ...query, cursor });
        seen.push(...page.matches.map(({ id }) => id));
        cursor = page.next;
        round += 1;
        const updated = names[round] as string;
        await store.commit([
          put(`new${round}`, { index: person(`n0${round}x`) }),
          put(updated, { version: 2, index: person(updated) }),
          deletion(names[round + 20] as string, 2),
        ]);
      } while (cursor !== undefined);
      const original = seen.filter((id) => !id.startsWith('new'));
      expect(new Set(seen).size).toBe(seen.length);
      const deleted = new Set(names.slice(21, 21 + round));
      for (const name of names.filter((name) => !deleted.has(name))) expect(original).toContain(name);
      const sorted = [...original].sort();
      expect(original).toEqual(sort[0]?.descending ? sorted.reverse() : sorted);
    });
  }

  test('a cursor of another search is refused', async () => {
    await given({ a: {}, b: {} });
    const { next } = await store.search({ type: 'Patient', expression: everything, sort: [], count: 1 });
    for (const cursor of [next as string, 'nonsense']) {
      const query = { type: 'Patient', expression: everything, sort: [byName], count: 1, cursor };
      await expect(store.search(query)).rejects.toMatchObject({ status: 400 });
    }
  });
}
