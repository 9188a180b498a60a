import { containedType } from '../../src/search/contained.ts';
import type { Expression } from '../../src/search/expression.ts';
import { emptyIndexValues } from '../../src/search/index-values.ts';
import type { ContainedResource, ResourceStore } from '../../src/store/contract.ts';
import { deletion, everything, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

const code = (value: string): Expression => ({ kind: 'token', parameter: 'code', code: value });

/** Resources within others, found by searches on a type of their own. */
export function describeContained(stores: OpenedStores, words: boolean): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  const inside = (id: string, value: string, type = 'Medication'): ContainedResource => ({
    type,
    id,
    body: JSON.stringify({ resourceType: type, id, note: value }),
    restricted: false,
    index: { ...emptyIndexValues(), token: [{ parameter: 'code', code: value }] },
  });

  const search = (expression: Expression, type = containedType('Medication')) =>
    foundIds(store, expression, { type });

  test('they are found, with their body and the version and instant of their container', async () => {
    await store.commit([put('p', { version: 1, contained: [inside('m', 'a'), inside('m', 'b', 'Device')] })]);
    const { matches } = await store.search({
      type: containedType('Medication'),
      expression: code('a'),
      sort: [],
      count: 5,
    });
    const container = await store.read('Patient', 'p');
    expect(matches).toEqual([
      {
        ...container,
        type: containedType('Medication'),
        id: 'Patient/p#m',
        body: Buffer.from(inside('m', 'a').body),
      },
    ]);
    expect(await search(code('b'), containedType('Device'))).toEqual(['Patient/p#m']);
    expect(await search(everything)).toEqual(['Patient/p#m']);
    expect(await search(everything, 'Medication')).toEqual([]);
    expect(await store.count(containedType('Medication'), everything, 5_000)).toBe(1);
  });

  if (words) {
    test('they are found by their words', async () => {
      await store.commit([put('p', { contained: [inside('m', 'a'), inside('n', 'b')] })]);
      const text: Expression = { kind: 'text', part: 'content', query: { words: ['a'] } };
      expect(await search(text)).toEqual(['Patient/p#m']);
    });
  }

  test('a new version replaces them, and a deletion takes them away', async () => {
    await store.commit([put('p', { contained: [inside('m', 'a'), inside('n', 'b')] })]);
    await store.commit([put('p', { version: 2, contained: [inside('m', 'c'), inside('o', 'd')] })]);
    expect((await search(everything)).sort()).toEqual(['Patient/p#m', 'Patient/p#o']);
    expect(await search(code('a'))).toEqual([]);
    expect(await search(code('c'))).toEqual(['Patient/p#m']);
    await store.commit([deletion('p', 3)]);
    expect(await search(everything)).toEqual([]);
    await store.commit([put('p', { version: 4, contained: [inside('n', 'e')] })]);
    expect(await search(everything)).toEqual(['Patient/p#n']);
    expect(await search(code('b'))).toEqual([]);
  });

  test('they are no versions of the tenant', async () => {
    await store.commit([put('p', { contained: [inside('m', 'a')] })]);
    await store.commit([put('p', { version: 2 })]);
    const { versions } = await store.changes({ count: 10 });
    expect(versions.map(({ type, version }) => `${type} ${version}`)).toEqual(['Patient 2', 'Patient 1']);
  });

  test('a chain goes to contained targets too, and targets that can be read are told alone', async () => {
    const parameter = 'medication';
    const toContained = { parameter, type: containedType('Medication'), id: 'Group/g#m' };
    const toOther = { parameter, type: 'Medication', id: 'x' };
    await store.commit([
      put('x', {
        type: 'Medication',
        index: { token: [{ parameter: 'code', code: 'a' }] },
      }),
      put('g', {
        type: 'Group',
        contained: [inside('m', 'a')],
        index: { reference: [toContained, toOther] },
      }),
      put('h', {
        type: 'Group',
        contained: [inside('m', 'b')],
        index: { reference: [{ ...toContained, id: 'Group/h#m' }] },
      }),
    ]);
    const chain = (value: string): Expression => ({
      kind: 'chain',
      parameter,
      targetType: 'Medication',
      expression: code(value),
    });
    expect(await search(chain('a'), 'Group')).toEqual(['g']);
    expect(await search(chain('b'), 'Group')).toEqual(['h']);
    expect(await search({ kind: 'not', operand: chain('b') }, 'Group')).toEqual(['g']);
    expect(await store.heldTypes()).toContain('Medication#');
    expect(await store.targets('Group', ['g', 'h'], [parameter])).toEqual([{ type: 'Medication', id: 'x' }]);
  });

  test('a purge leaves nothing of them', async () => {
    await store.commit([put('p', { contained: [inside('m', 'a')] })]);
    await store.commit([{ kind: 'purge', type: 'Patient', id: 'p', expectedVersion: 1 }]);
    expect(await search(everything)).toEqual([]);
    await store.commit([put('p', { contained: [inside('m', 'b')] })]);
    expect(await search(code('a'))).toEqual([]);
    expect(await search(code('b'))).toEqual(['Patient/p#m']);
  });
}
