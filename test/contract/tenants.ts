import type { Expression } from '../../src/search/expression.ts';
import { deletion, everything, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

const identified: Expression = { kind: 'token', parameter: 'identifier', code: '1' };

/** No call of one tenant's store may see or touch what another tenant has. */
export function describeTenants(stores: OpenedStores): void {
  async function twoTenants() {
    const mine = stores().forTenant(newTenant());
    const theirs = stores().forTenant(newTenant());
    const index = {
      token: [{ parameter: 'identifier', code: '1' }],
      string: [{ parameter: 'name', folded: 'martin', exact: 'Martin' }],
      reference: [{ parameter: 'organization', type: 'Organization', id: 'o' }],
    };
    const members = { reference: [{ parameter: 'member', type: 'Patient', id: 'b' }] };
    await theirs.commit([
      put('a', { index, body: '{"secret":true}' }),
      put('g', { type: 'Group', index: members }),
      put('o', { type: 'Organization', index: { token: [{ parameter: 'identifier', code: '1' }] } }),
    ]);
    await theirs.commit([put('a', { index, version: 2, body: '{"secret":true}' })]);
    return { mine, theirs, index };
  }

  test('reads and histories', async () => {
    const { mine } = await twoTenants();
    expect(await mine.read('Patient', 'a')).toBeUndefined();
    expect(await mine.readVersion('Patient', 'a', 1)).toBeUndefined();
    expect(await mine.readMany([{ type: 'Patient', id: 'a' }])).toEqual([]);
    expect(await mine.history('Patient', 'a', { count: 10 })).toEqual([]);
    expect(await mine.targets('Patient', ['a'], ['organization'])).toEqual([]);
  });

  test('the types that resources were written of', async () => {
    const { mine, theirs } = await twoTenants();
    expect(await mine.heldTypes()).toEqual(new Set());
    expect(await theirs.heldTypes()).toEqual(new Set(['Group', 'Organization', 'Patient']));
  });

  test('searches and counts', async () => {
    const { mine } = await twoTenants();
    const expressions: Expression[] = [
      everything,
      identified,
      { kind: 'ids', ids: ['a'] },
      { kind: 'not', operand: { kind: 'ids', ids: ['b'] } },
      { kind: 'string', parameter: 'name', match: 'contains', value: 'art' },
      { kind: 'missing', parameter: 'name', family: 'string', missing: false },
      { kind: 'reference', parameter: 'organization', id: 'o' },
      { kind: 'chain', parameter: 'organization', targetType: 'Organization', expression: identified },
    ];
    for (const expression of expressions) {
      expect(await foundIds(mine, expression)).toEqual([]);
      expect(await mine.count('Patient', expression, 5_000)).toBe(0);
      const sort = [{ parameter: 'name', family: 'string', descending: false } as const];
      expect(await foundIds(mine, expression, { sort })).toEqual([]);
    }
  });

  test('the same ids live side by side and are written apart', async () => {
    const { mine, theirs } = await twoTenants();
    expect(await mine.commit([put('a')])).toEqual({ ok: true });
    expect(await mine.commit([deletion('a', 2)])).toEqual({ ok: true });
    expect(await theirs.read('Patient', 'a')).toMatchObject({ version: 2, deleted: false });
  });

  test('a chain does not leave the tenant through equal ids', async () => {
    const { mine, index } = await twoTenants();
    await mine.commit([put('b', { index }), put('o', { type: 'Organization' })]);
    const chain: Expression = {
      kind: 'chain',
      parameter: 'organization',
      targetType: 'Organization',
      expression: identified,
    };
    expect(await foundIds(mine, chain)).toEqual([]);
  });

  test('_has does not reach into the tenant of another', async () => {
    const { mine, theirs } = await twoTenants();
    const has: Expression = { kind: 'has', parameter: 'member', sourceType: 'Group', expression: everything };
    for (const store of [mine, theirs]) await store.commit([put('b')]);
    expect(await foundIds(mine, has)).toEqual([]);
    expect(await foundIds(theirs, has)).toEqual(['b']);
  });

  test('identity keys and claims', async () => {
    const { mine, theirs } = await twoTenants();
    const options = { identityKeys: ['ins:1'], claim: { key: 'Patient?identifier=1' } };
    expect(await theirs.commit([put('k', options)])).toEqual({ ok: true });
    expect(await mine.commit([put('k', options)])).toEqual({ ok: true });
  });
}
