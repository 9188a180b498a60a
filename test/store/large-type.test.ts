import type { Expression, SortKey } from '../../src/search/expression.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { everything, foundIds, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** More than the reader threads walk before they probe. */
const total = 9_000;

const code = (value: string): Expression => ({ kind: 'token', parameter: 'code', code: value });

const numbers = Array.from({ length: total }, (_, n) => n);

/** A value whose order has nothing to do with that of creation; every tenth resource has none. */
const rankOf = (n: number): number | undefined => (n % 10 === 0 ? undefined : (n * 7919) % total);

let stores: DatabaseStores;

beforeAll(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory(), readers: 2 });
  for (let from = 0; from < total; from += 500) {
    await stores.forTenant('t').commit(
      numbers.slice(from, from + 500).map((n) => {
        const rank = rankOf(n);
        return put(`r${n}`, {
          body: '{}',
          index: {
            token: [
              { parameter: 'code', code: n % 2 === 0 ? 'even' : 'odd' },
              { parameter: 'code', code: `late${n >= 8_000}` },
              { parameter: 'code', code: `tail${n % 1000 === 999}` },
            ],
            string: [{ parameter: 'name', folded: `name ${n} end`, exact: `Name ${n} End` }],
            number: rank === undefined ? [] : [{ parameter: 'rank', low: rank, high: rank + 1 }],
          },
        });
      }),
    );
  }
});

afterAll(() => stores.close());

const idsWhere = (condition: (n: number) => boolean) => numbers.filter(condition).map((n) => `r${n}`);

test('criteria that are wide each and narrow together', async () => {
  const both: Expression = { kind: 'and', operands: [code('even'), code('latetrue')] };
  expect(await foundIds(stores.forTenant('t'), both, { count: 400 })).toEqual(
    idsWhere((n) => n % 2 === 0 && n >= 8_000),
  );
  expect(await stores.forTenant('t').count('Patient', both, 10_000)).toBe(500);
});

test('a negation whose matches are rare', async () => {
  const rare: Expression = { kind: 'not', operand: code('tailfalse') };
  expect(await foundIds(stores.forTenant('t'), rare, { count: 4 })).toEqual(
    idsWhere((n) => n % 1000 === 999),
  );
  expect(await stores.forTenant('t').count('Patient', rare, 10_000)).toBe(9);
});

test('thousands of alternatives on one parameter', async () => {
  const part = (value: string): Expression => ({
    kind: 'string',
    parameter: 'name',
    match: 'contains',
    value,
  });
  const operands = numbers.slice(0, 3_000).map((n) => part(`nothing ${n}`));
  const either: Expression = { kind: 'or', operands: [...operands, part('8777 e')] };
  expect(await foundIds(stores.forTenant('t'), either)).toEqual(['r8777']);
});

test('a part of a string that one resource has', async () => {
  const part: Expression = { kind: 'string', parameter: 'name', match: 'contains', value: '8777 e' };
  expect(await foundIds(stores.forTenant('t'), part)).toEqual(['r8777']);
});

for (const descending of [false, true]) {
  test(`all resources sorted ${descending ? 'down' : 'up'}, through the end of the values`, async () => {
    const rank: SortKey = { parameter: 'rank', family: 'number', descending };
    const found = await foundIds(stores.forTenant('t'), everything, { sort: [rank], count: 700 });
    const ranked = numbers.filter((n) => rankOf(n) !== undefined);
    ranked.sort((a, b) => ((rankOf(a) as number) - (rankOf(b) as number)) * (descending ? -1 : 1));
    expect(found.slice(0, ranked.length)).toEqual(ranked.map((n) => `r${n}`));
    expect(found.slice(ranked.length).sort()).toEqual(idsWhere((n) => rankOf(n) === undefined).sort());
  });

  test(`rare matches sorted ${descending ? 'down' : 'up'}`, async () => {
    const rank: SortKey = { parameter: 'rank', family: 'number', descending };
    const rare: Expression = { kind: 'not', operand: code('tailfalse') };
    const expected = numbers.filter((n) => n % 1000 === 999);
    expected.sort((a, b) => ((rankOf(a) as number) - (rankOf(b) as number)) * (descending ? -1 : 1));
    const found = await foundIds(stores.forTenant('t'), rare, { sort: [rank], count: 4 });
    expect(found).toEqual(expected.map((n) => `r${n}`));
  });
}

test('a cursor along the index of one criterion is refused by a search that has another', async () => {
  const prefix: Expression = { kind: 'string', parameter: 'name', match: 'prefix', value: 'name 1' };
  const query = { type: 'Patient', expression: prefix, sort: [], count: 25 };
  const store = stores.forTenant('t');
  const { next: cursor = '', matches } = await store.search(query);
  expect(matches).toHaveLength(25);
  expect((await store.search({ ...query, cursor })).matches).toHaveLength(25);
  for (const expression of [code('even'), everything]) {
    await expect(store.search({ ...query, expression, cursor })).rejects.toMatchObject({ status: 400 });
  }
});

test('a prefix gives its matches in the order of its index, page by page', async () => {
  const prefix: Expression = { kind: 'string', parameter: 'name', match: 'prefix', value: 'name 8' };
  const found = await foundIds(stores.forTenant('t'), prefix, { count: 70 });
  const expected = numbers.filter((n) => String(n).startsWith('8')).map((n) => `name ${n} end`);
  expect(found.map((id) => `name ${id.slice(1)} end`)).toEqual(expected.toSorted());
});

test('searches on several threads at once', async () => {
  const searches = Array.from({ length: 12 }, (_, n) =>
    foundIds(stores.forTenant('t'), {
      kind: 'string',
      parameter: 'name',
      match: 'contains',
      value: `${8_100 + n} e`,
    }),
  );
  expect(await Promise.all(searches)).toEqual(Array.from({ length: 12 }, (_, n) => [`r${8_100 + n}`]));
});

test('a count that cannot be had in time is not had', async () => {
  const rare: Expression = { kind: 'not', operand: code('tailfalse') };
  expect(await stores.forTenant('t').count('Patient', rare, 0)).toBeUndefined();
});

test('searches under way when the store closes are answered or refused, never left', async () => {
  const directory = await temporaryDirectory();
  const closing = await openSqliteStores({ directory });
  const store = closing.forTenant('t');
  await store.commit(numbers.slice(0, 600).map((n) => put(`r${n}`)));
  const none: Expression = { kind: 'not', operand: everything };
  const searches = Array.from({ length: 5 }, () =>
    foundIds(store, none).catch((error: Error) => error.message),
  );
  await closing.close();
  for (const outcome of await Promise.all(searches))
    expect([[], 'The store is closed']).toContainEqual(outcome);
});

describe('a search that takes longer than it may', () => {
  const nameless = Array.from(
    { length: 400 },
    (_, n): Expression => ({
      kind: 'not',
      operand: { kind: 'string', parameter: 'name', value: `nothing ${n}`, match: 'contains' },
    }),
  );
  /** Tests each row for milliseconds. */
  const slow: Expression = { kind: 'not', operand: { kind: 'and', operands: nameless } };
  let hasty: DatabaseStores;
  afterEach(() => hasty.close());

  test('is stopped, as is one that waits behind it, and the next one runs at once', async () => {
    const directory = await temporaryDirectory();
    hasty = await openSqliteStores({ directory, searchTime: 400 });
    const store = hasty.forTenant('t');
    for (let from = 0; from < 2_000; from += 500) {
      const name = (n: number) => ({ parameter: 'name', folded: `name ${n}`, exact: `Name ${n}` });
      await store.commit(
        numbers
          .slice(from, from + 500)
          .map((n) => put(`r${n}`, { body: '{}', index: { string: [name(n)] } })),
      );
    }
    const search = (expression: Expression) =>
      store.search({ type: 'Patient', expression, sort: [], count: 10 });
    // Starts the thread, which takes longer than a search may.
    await search({ kind: 'not', operand: code('x') });
    for (const outcome of await Promise.allSettled([search(slow), search(slow)])) {
      expect(outcome).toMatchObject({ reason: { status: 503, issues: [{ code: 'timeout' }] } });
    }
    const rare = await search({ kind: 'string', parameter: 'name', value: 'me 1999', match: 'contains' });
    expect(rare.matches.map(({ id }) => id)).toEqual(['r1999']);
  });
});
