import type { Expression, StringExpression, TokenExpression } from '../../src/search/expression.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import { deletion, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

const nameIndex = (...names: string[]): Partial<IndexValues> => ({
  string: names.map((value) => ({ parameter: 'name', folded: value, exact: value })),
});

const namedMartin: StringExpression = { kind: 'string', parameter: 'name', match: 'prefix', value: 'mart' };

const codedX: TokenExpression = { kind: 'token', parameter: 'code', code: 'x' };

/** Searches of so many matches that their pages follow an index: each match comes once, whatever leads to it. */
export function describeManyMatches(stores: OpenedStores, effort: number): void {
  /** More than a store takes as candidates before it reads an index in its order, unless each resource takes long. */
  const total = effort < 1 ? 60 : 400;
  /** Fewer and larger pages where each takes long. */
  const pageSize = effort < 1 ? 19 : 17;
  const numbers = Array.from({ length: total }, (_, n) => n);
  const name = (n: number) => `martin ${String((n * 7) % total).padStart(3, '0')}`;
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  const ids = (prefix: string, of = numbers) => of.map((n) => `${prefix}${n}`).sort();

  async function each(expression: Expression, type = 'Patient', count = pageSize): Promise<string[]> {
    return (await foundIds(store, expression, { type, count })).sort();
  }

  test('a resource with several values that match comes once', async () => {
    await store.commit(numbers.map((n) => put(`r${n}`, { index: nameIndex(name(n), `marthe ${n}`, 'zoe') })));
    expect(await each(namedMartin)).toEqual(ids('r'));
  });

  test('a token with equal codes of several systems comes once', async () => {
    const token = ['s1', 's2'].map((system) => ({ parameter: 'code', code: 'x', system }));
    const plain = { parameter: 'code', code: 'x' };
    await store.commit(numbers.map((n) => put(`r${n}`, { index: { token: [...token, plain] } })));
    expect(await each({ kind: 'token', parameter: 'code' })).toEqual(ids('r'));
    expect(await each({ kind: 'token', parameter: 'code', system: 's2' })).toEqual(ids('r'));
    expect(await each(codedX)).toEqual(ids('r'));
  });

  test('a resource that meets several alternatives comes once', async () => {
    await store.commit(
      numbers.map((n) =>
        put(`r${n}`, {
          index: {
            string: [
              { parameter: 'name', folded: name(n), exact: name(n) },
              { parameter: 'given', folded: `marthe ${n}`, exact: `Marthe ${n}` },
            ],
            token: ['x', 'y'].map((code) => ({ parameter: 'code', code })),
          },
        }),
      ),
    );
    const given: Expression = { ...namedMartin, parameter: 'given' };
    expect(await each({ kind: 'or', operands: [namedMartin, given] })).toEqual(ids('r'));
    const codedY: Expression = { ...codedX, code: 'y' };
    const either: Expression = { kind: 'or', operands: [codedX, codedY] };
    // Each alternative lies in the order of creation, and so do all of them together.
    expect(await foundIds(store, either, { count: pageSize })).toEqual(numbers.map((n) => `r${n}`));
  });

  test('a range that is wide, one that is narrow and several of both', async () => {
    await store.commit(
      numbers.map((n) => {
        const [low, day] = [n * 1000, 86_400_000];
        const dates = [
          { parameter: 'date', low, high: low + 1 },
          { parameter: 'date', low: low - 9 * day, high: low + 9 * day },
        ];
        return put(`r${n}`, { index: { date: n % 3 === 0 ? dates : [dates[n % 2]!] } });
      }),
    );
    const after: Expression = {
      kind: 'date',
      parameter: 'date',
      tests: [{ bound: 'high', operator: '>', value: 0 }],
    };
    expect(await each(after)).toEqual(ids('r'));
  });

  test('several dates of one resource may meet a criterion each', async () => {
    const dates = (...lows: number[]) => lows.map((low) => ({ parameter: 'date', low, high: low + 1 }));
    await store.commit([
      put('both', { index: { date: dates(10, 90) } }),
      ...numbers.map((n) => put(`r${n}`, { index: { date: dates(50) } })),
    ]);
    const operands: Expression[] = [
      { kind: 'date', parameter: 'date', tests: [{ bound: 'low', operator: '>=', value: 80 }] },
      { kind: 'date', parameter: 'date', tests: [{ bound: 'low', operator: '<', value: 20 }] },
    ];
    expect(await each({ kind: 'and', operands })).toEqual(['both']);
  });

  test('dates between bounds come in the order of the date, ranges that begin before them too', async () => {
    const day = 86_400_000;
    const length = (n: number) => (n % 5 === 0 ? 3 * day : 1000);
    const low = (n: number) => ((n * 7) % total) * day;
    const [first, last] = [(total / 4) * day, (total / 4) * 3 * day];
    await store.commit(
      numbers.map((n) =>
        put(`r${n}`, { index: { date: [{ parameter: 'date', low: low(n), high: low(n) + length(n) }] } }),
      ),
    );
    const operands: Expression[] = [
      { kind: 'date', parameter: 'date', tests: [{ bound: 'high', operator: '>', value: first }] },
      { kind: 'date', parameter: 'date', tests: [{ bound: 'low', operator: '<', value: last }] },
    ];
    const expected = numbers
      .filter((n) => low(n) + length(n) > first && low(n) < last)
      .sort((a, b) => low(a) - low(b))
      .map((n) => `r${n}`);
    for (const descending of [false, true]) {
      const sort = [{ parameter: 'date', family: 'date' as const, descending }];
      const found = await foundIds(store, { kind: 'and', operands }, { sort, count: pageSize });
      expect(found).toEqual(descending ? expected.toReversed() : expected);
    }
  });

  test('a sort by a name with parts, and another key where names are equal', async () => {
    const family = (n: number) => `f${n % 9}`;
    const given = (n: number) => (n % 4 === 0 ? 'a' : `g${n % 3}`);
    await store.commit(
      numbers.map((n) =>
        put(`r${n}`, {
          index: {
            string: [
              ...(n % 10 === 3 ? [] : [{ parameter: 'family', folded: family(n), exact: family(n) }]),
              ...(n % 10 < 5 ? [] : [{ parameter: 'given', folded: given(n), exact: given(n) }]),
            ],
            number: [{ parameter: 'rank', low: (n * 7) % total, high: (n * 7) % total }],
          },
        }),
      ),
    );
    const values = (n: number) =>
      [n % 10 === 3 ? [] : [family(n)], n % 10 < 5 ? [] : [given(n)]].flat().sort();
    const rank = { parameter: 'rank', family: 'number' as const, descending: true };
    for (const descending of [false, true]) {
      const name = { parameter: 'name', family: 'string' as const, descending, parts: ['family', 'given'] };
      const key = (n: number) => values(n).at(descending ? -1 : 0);
      const order = (a: number, b: number) => {
        const [one, other] = [key(a), key(b)];
        if (one === other) return ((b * 7) % total) - ((a * 7) % total);
        if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
        return one < other !== descending ? -1 : 1;
      };
      const everyone: Expression = { kind: 'and', operands: [] };
      const found = await foundIds(store, everyone, { sort: [name, rank], count: pageSize });
      expect(found).toEqual(numbers.toSorted(order).map((n) => `r${n}`));
    }
  });

  test('chains and reverse chains find each resource once, by whichever of its references', async () => {
    const member = (n: number) => ({ parameter: 'member', type: 'Patient', id: `r${n % total}` });
    await store.commit(numbers.map((n) => put(`r${n}`, { index: nameIndex(name(n), `marthe ${n}`) })));
    await store.commit(
      numbers.map((n) =>
        put(`g${n}`, {
          type: 'Group',
          index: {
            reference: [member(n), member(n + 1), member(n + 50)],
            token: [{ parameter: 'code', code: 'x' }],
          },
        }),
      ),
    );
    const chain: Expression = {
      kind: 'chain',
      parameter: 'member',
      targetType: 'Patient',
      expression: namedMartin,
    };
    const has: Expression = { kind: 'has', parameter: 'member', sourceType: 'Group', expression: codedX };
    expect(await each(chain, 'Group')).toEqual(ids('g'));
    expect(await each(has)).toEqual(ids('r'));
    expect(await each({ ...has, expression: { kind: 'and', operands: [codedX, chain] } })).toEqual(ids('r'));
  });

  test('pages along an index do not shift while others write', async () => {
    await store.commit(numbers.map((n) => put(`r${n}`, { index: nameIndex(name(n)) })));
    const seen: string[] = [];
    let cursor: string | undefined;
    let round = 0;
    do {
      const query = { type: 'Patient', expression: namedMartin, sort: [], count: 25 };
      const page = await store.search(cursor === undefined ? query : { ...query, cursor });
      seen.push(...page.matches.map(({ id }) => id));
      cursor = page.next;
      await store.commit([
        put(`early${round}`, { index: nameIndex(`marta ${round}`) }),
        put(`r${round}`, { version: 2, index: nameIndex(name(round)) }),
        deletion(`r${total - 1 - round}`, 2),
      ]);
      round += 1;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    const kept = ids('r', numbers.slice(0, total - round));
    expect(seen.filter((id) => kept.includes(id)).sort()).toEqual(kept);
  });

  test('a cursor of many matches is refused by a sorted search', async () => {
    await store.commit(numbers.map((n) => put(`r${n}`, { index: nameIndex(name(n)) })));
    const query = { type: 'Patient', expression: namedMartin, sort: [], count: 25 };
    const { next: cursor = '' } = await store.search(query);
    expect(cursor).not.toBe('');
    const sort = [{ parameter: 'name', family: 'string' as const, descending: false }];
    await expect(store.search({ ...query, sort, cursor })).rejects.toMatchObject({ status: 400 });
  });
}
