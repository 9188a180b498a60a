import fc from 'fast-check';
import type { Expression, RangeTest, SortKey } from '../../src/search/expression.ts';
import { foldedKey } from '../../src/search/fold.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import { foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';
import { type ModelResource, matches, sortTexts } from './model.ts';

const day = 86_400_000;
const codes = ['a', 'b', 'c', '%', 'é'];
const systems = ['s1', 's2'];
const names = ['elo', 'eloise', 'el_', 'martin', 'mart%', 'zoe'];

/** More than a store may read on the side: narrow, wide and sorted searches take their different ways. */
const mostResources = 600;

/** Values drawn by position, so that every run has the same resources: rare and frequent ones. */
function resourceAt(n: number): ModelResource {
  const pick = <T>(values: readonly T[], step: number): T =>
    values[Math.floor(n / step) % values.length] as T;
  const index: IndexValues = {
    token: [
      ...(n % 7 === 0 ? [] : [{ parameter: 'code', code: pick(codes, 1), system: pick(systems, 3) }]),
      ...(n % 5 === 0 ? [{ parameter: 'code', code: pick(codes, 2) }] : []),
      { parameter: 'rare', code: `r${Math.floor(n / 3)}` },
    ],
    string: n % 4 === 0 ? [] : [n, n + 3].map((m) => nameValue(names[m % names.length] as string)),
    date:
      n % 6 === 0
        ? []
        : [
            {
              parameter: 'date',
              low: (n % 40) * day,
              high: (n % 40) * day + (n % 3 === 0 ? 20 * day : 3_600_000),
            },
          ],
    number: [
      { parameter: 'number', low: (n % 50) - 0.5, high: (n % 50) + (n % 10 === 0 ? 5 : 0.5) },
      ...(n % 3 === 0 ? [{ parameter: `composite$any ${n % 4}`, low: n, high: n + 1 }] : []),
      ...(n % 2 === 0 ? [{ parameter: 'composites', low: n, high: n }] : []),
    ],
    quantity: [
      { parameter: 'value', low: n % 30, high: (n % 30) + 1, system: pick(systems, 1), code: pick(codes, 4) },
    ],
    reference: [
      n % 9 === 0
        ? { parameter: 'organization', url: `http://example.org/${n % 4}` }
        : { parameter: 'organization', type: n % 8 === 0 ? 'Location' : 'Organization', id: `o${n % 12}` },
    ],
    uri: [
      ...(n % 2 === 0 ? [{ parameter: 'url', value: `urn:${n % 5}` }] : []),
      ...(n % 3 === 0 ? [{ parameter: 'url:versions', value: `http://example.org/patient/${n % 8}` }] : []),
    ],
  };
  return { id: `r${n}`, index };
}

function nameValue(name: string) {
  return { parameter: 'name', folded: foldedKey(name), exact: name };
}

/** The first of them are what the URLs of patients name; two have one URL. */
const organizations: ModelResource[] = Array.from({ length: 10 }, (_, n) => {
  const { index } = resourceAt(n + 20);
  const names = n > 4 ? [] : [{ parameter: 'url:versions', value: `http://example.org/${n === 4 ? 3 : n}` }];
  return { id: `o${n}`, index: { ...index, uri: names } };
});

/** Groups of three patients each, some of them in several groups. */
const groups: ModelResource[] = Array.from({ length: 40 }, (_, n) => {
  const { index } = resourceAt(n + 50);
  const members = [n, n * 2, n * 7].map((m) => ({ parameter: 'member', type: 'Patient', id: `r${m}` }));
  const named = n % 4 === 0 ? [] : [{ parameter: 'member', url: `http://example.org/patient/${n % 11}` }];
  return { id: `g${n}`, index: { ...index, reference: [...index.reference, ...members, ...named] } };
});

const rangeTests = (unit: number): fc.Arbitrary<RangeTest[]> =>
  fc.array(
    fc.record({
      bound: fc.constantFrom('low' as const, 'high' as const),
      operator: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
      value: fc.integer({ min: -1, max: 60 }).map((value) => value * unit),
    }),
    { minLength: 1, maxLength: 3 },
  );

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('token' as const),
      parameter: fc.constant('code'),
      code: fc.constantFrom(...codes, 'zz'),
      system: fc.constantFrom(...systems, null, 'unknown'),
    },
    { requiredKeys: ['kind', 'parameter'] },
  ),
  fc.nat(210).map((n): Expression => ({ kind: 'token', parameter: 'rare', code: `r${n}` })),
  fc.record({
    kind: fc.constant('string' as const),
    parameter: fc.constant('name'),
    match: fc.constantFrom('prefix' as const, 'contains' as const, 'whole' as const, 'exact' as const),
    value: fc.constantFrom('e', 'elo', 'el_', 'art', '%', 'zoe', 'none'),
  }),
  rangeTests(day).map((tests): Expression => ({ kind: 'date', parameter: 'date', tests })),
  rangeTests(1).map((tests): Expression => ({ kind: 'number', parameter: 'number', tests })),
  fc.record(
    {
      kind: fc.constant('quantity' as const),
      parameter: fc.constant('value'),
      tests: rangeTests(1),
      system: fc.constantFrom(...systems),
      unit: fc.constantFrom(...codes),
    },
    { requiredKeys: ['kind', 'parameter', 'tests'] },
  ),
  fc.nat(6).map((n): Expression => ({ kind: 'uri', parameter: 'url', value: `urn:${n}` })),
  fc
    .constantFrom('urn:', 'urn:3', 'x', 'urn:%')
    .map((value): Expression => ({ kind: 'uri', parameter: 'url', value, match: 'prefix' })),
  fc
    .tuple(fc.nat(13), fc.constantFrom('Organization', 'Location', undefined))
    .map(([n, type]): Expression => {
      const target = type === undefined ? {} : { type };
      return { kind: 'reference', parameter: 'organization', id: `o${n}`, ...target };
    }),
  fc
    .nat(4)
    .map(
      (n): Expression => ({ kind: 'reference', parameter: 'organization', url: `http://example.org/${n}` }),
    ),
  fc.constantFrom<Expression>(
    { kind: 'missing', parameter: 'name', family: 'string', missing: true },
    { kind: 'missing', parameter: 'name', family: 'string', missing: false },
    { kind: 'missing', parameter: 'date', family: 'date', missing: true },
    { kind: 'missing', parameter: 'unknown', family: 'uri', missing: true },
    { kind: 'missing', parameter: 'composite', family: 'number', missing: true, anyKey: true },
    { kind: 'missing', parameter: 'composite', family: 'number', missing: false, anyKey: true },
  ),
  fc.array(fc.nat(mostResources + 5), { maxLength: 5 }).map(
    (ns): Expression => ({
      kind: 'ids',
      ids: ns.map((n) => `r${n}`),
    }),
  ),
);

const byUrl = fc.constantFrom<{ canonical?: true }>({}, { canonical: true });

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('expression'), { maxLength: 3 }).map((operands): Expression => ({ kind: 'and', operands })),
    fc.array(tie('expression'), { maxLength: 4 }).map((operands): Expression => ({ kind: 'or', operands })),
    tie('expression').map((operand): Expression => ({ kind: 'not', operand })),
    fc.tuple(tie('expression'), byUrl).map(
      ([inner, how]): Expression => ({
        kind: 'chain',
        parameter: 'organization',
        targetType: 'Organization',
        expression: inner,
        ...how,
      }),
    ),
    fc.tuple(tie('expression'), byUrl).map(
      ([inner, how]): Expression => ({
        kind: 'has',
        parameter: 'member',
        sourceType: 'Group',
        expression: inner,
        ...how,
      }),
    ),
  ),
}));

const sortKeys: fc.Arbitrary<SortKey[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom<[string, SortKey['family']]>(
        ['name', 'string'],
        ['code', 'token'],
        ['date', 'date'],
        ['number', 'number'],
        ['organization', 'reference'],
        ['url', 'uri'],
        ['_id', 'id'],
      ),
      fc.boolean(),
    )
    .map(([[parameter, family], descending]) => ({ parameter, family, descending })),
  { maxLength: 2 },
);

/** Random expressions, sorts and page sizes, against a plain evaluation of the same tree. */
export function describeSearchModel(stores: OpenedStores, effort: number): void {
  let store: ResourceStore;
  const resourceCount = effort < 1 ? mostResources / 4 : mostResources;
  const resources = Array.from({ length: resourceCount }, (_, n) => resourceAt(n));
  const world = { Patient: resources, Organization: organizations, Group: groups };

  beforeAll(async () => {
    store = stores().forTenant(newTenant());
    await store.commit(organizations.map(({ id, index }) => put(id, { type: 'Organization', index })));
    await store.commit(groups.map(({ id, index }) => put(id, { type: 'Group', index })));
    for (let from = 0; from < resourceCount; from += 100) {
      await store.commit(resources.slice(from, from + 100).map(({ id, index }) => put(id, { index })));
    }
  });

  test('the same resources are found and counted', async () => {
    await fc.assert(
      fc.asyncProperty(expression, fc.integer({ min: 7, max: 300 }), async (tree, count) => {
        const expected = resources.filter((resource) => matches(world, resource, tree)).map(({ id }) => id);
        expect((await foundIds(store, tree, { count })).toSorted()).toEqual(expected.toSorted());
        expect(await store.count('Patient', tree, 10_000)).toBe(expected.length);
      }),
      { numRuns: Math.ceil(250 * effort) },
    );
  });

  test('in the order of the sort keys', async () => {
    await fc.assert(
      fc.asyncProperty(expression, sortKeys, fc.integer({ min: 7, max: 300 }), async (tree, sort, count) => {
        const expected = resources.filter((resource) => matches(world, resource, tree));
        const found = await foundIds(store, tree, { sort, count });
        expect([...found].sort()).toEqual(expected.map(({ id }) => id).sort());
        const keysOf = (id: string) =>
          sortTexts(expected.find((one) => one.id === id) as ModelResource, sort);
        expect(found.map(keysOf)).toEqual(expected.map(({ id }) => keysOf(id)).sort(compareBy(sort)));
      }),
      { numRuns: Math.ceil(120 * effort) },
    );
  });
}

type Key = string | number | undefined;

function compareBy(sort: readonly SortKey[]): (a: readonly Key[], b: readonly Key[]) => number {
  return (a, b) => {
    for (const [at, { descending }] of sort.entries()) {
      const order = compareKeys(a[at], b[at], descending);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareKeys(a: Key, b: Key, descending: boolean): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b !== descending ? -1 : 1;
}
