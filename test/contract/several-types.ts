import type { SortKey } from '../../src/search/expression.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore, TypesQuery } from '../../src/store/contract.ts';
import { deletion, everything, newTenant, type OpenedStores, put } from './fixtures.ts';

const types = ['Device', 'Group', 'Patient'];

/** One order over several types, by pages. */
export function describeSeveralTypes(stores: OpenedStores): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  const key = (parameter: string, family: SortKey['family'], descending = false): SortKey => ({
    parameter,
    family,
    descending,
  });

  async function given(resources: Record<string, Partial<IndexValues>>): Promise<void> {
    await store.commit(
      Object.entries(resources).map(([name, index]) => {
        const [type = '', id = ''] = name.split('/');
        return put(id, { type, index });
      }),
    );
  }

  const query = (sort: SortKey[], count: number): TypesQuery => ({
    parts: types.map((type) => ({ type, expression: everything, sort })),
    count,
  });

  /** All pages, one array of names each. */
  async function pages(sort: SortKey[], count: number): Promise<string[][]> {
    const found: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.searchTypes({
        ...query(sort, count),
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(page.matches.map(({ type, id }) => `${type}/${id}`));
      cursor = page.next;
    } while (cursor !== undefined && found.length < 100);
    return found;
  }

  const name = (folded: string) => ({ string: [{ parameter: 'name', folded, exact: folded }] });

  test('the types come in the order of the values, those without one last', async () => {
    await given({
      'Patient/p1': name('b'),
      'Group/g1': name('a'),
      'Patient/p2': {},
      'Device/d1': name('c'),
      'Device/d2': {},
      'Group/g2': name('b'),
    });
    const ascending = ['Group/g1', 'Group/g2', 'Patient/p1', 'Device/d1', 'Device/d2', 'Patient/p2'];
    const descending = ['Device/d1', 'Group/g2', 'Patient/p1', 'Group/g1', 'Device/d2', 'Patient/p2'];
    for (const count of [1, 2, 3, 4, 6, 10]) {
      expect((await pages([key('name', 'string')], count)).flat()).toEqual(ascending);
      expect((await pages([key('name', 'string', true)], count)).flat()).toEqual(descending);
    }
    expect(await pages([key('name', 'string')], 4)).toEqual([ascending.slice(0, 4), ascending.slice(4)]);
    expect(await pages([key('name', 'string')], 6)).toEqual([ascending]);
  });

  test('many equal values over many pages: each resource once', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `${types[n % 3]}/r${n}`);
    await given(Object.fromEntries(names.map((one, n) => [one, n % 5 === 0 ? {} : name(`v${n % 2}`)])));
    for (const descending of [false, true]) {
      for (const count of [1, 7, 20]) {
        const found = (await pages([key('name', 'string', descending)], count)).flat();
        expect([...found].sort()).toEqual([...names].sort());
        const values = found.map((one) => names.indexOf(one)).map((n) => (n % 5 === 0 ? 2 : n % 2));
        const inOrder = [...values].sort((a, b) => (a === 2 || b === 2 || !descending ? a - b : b - a));
        expect(values).toEqual(inOrder);
      }
    }
  });

  test('by several keys, by id and by numbers', async () => {
    const number = (low: number) => ({ number: [{ parameter: 'n', low, high: low }] });
    await given({ 'Patient/b': number(10), 'Group/a': number(9), 'Device/c': number(9), 'Patient/a': {} });
    const [ids, numbers] = [key('_id', 'id', true), key('n', 'number')];
    expect((await pages([numbers, ids], 2)).flat()).toEqual([
      'Device/c',
      'Group/a',
      'Patient/b',
      'Patient/a',
    ]);
    expect((await pages([ids], 2)).flat()).toEqual(['Device/c', 'Patient/b', 'Group/a', 'Patient/a']);
  });

  test('what is written between two pages moves nothing', async () => {
    await given({ 'Patient/b': name('b'), 'Group/c': name('c'), 'Device/d': name('d') });
    const sort = [key('name', 'string')];
    const first = await store.searchTypes(query(sort, 1));
    await given({ 'Device/a': name('a'), 'Patient/bb': name('bb') });
    await store.commit([deletion('b', 2)]);
    const second = await store.searchTypes({ ...query(sort, 5), cursor: first.next! });
    expect(second.matches.map(({ id }) => id)).toEqual(['bb', 'c', 'd']);
    expect(second.next).toBeUndefined();
  });

  test('a cursor of another search is refused', async () => {
    const sort = [key('name', 'string')];
    for (const cursor of [
      '',
      'x',
      '[]',
      '[0]',
      '["a",[1,"b"]]',
      '[0,[1]]',
      '{"along":[0,0,1]}',
      '[0,null]',
    ]) {
      await expect(store.searchTypes({ ...query(sort, 5), cursor })).rejects.toMatchObject({ status: 400 });
    }
    expect(await store.searchTypes(query(sort, 0))).toEqual({ matches: [] });
  });
}
