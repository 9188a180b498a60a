import fc from 'fast-check';
import type { Expression, TextQuery } from '../../src/search/expression.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import { deletion, foundIds, newTenant, type OpenedStores, put } from './fixtures.ts';

const text = (part: 'narrative' | 'content', words: string, prefix?: true): Expression => ({
  kind: 'text',
  part,
  query: { words: words.split(' '), ...(prefix ? { prefix } : {}) },
});

/** The words of bodies, which no index values tell. */
export function describeTextSearch(stores: OpenedStores, effort: number): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  const bodyOf = (id: string, narrative: string, note = '', type = 'Patient') =>
    JSON.stringify({
      resourceType: type,
      id,
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${narrative}</div>` },
      note,
    });

  const given = (resources: Record<string, [narrative: string, note?: string]>, type = 'Patient') =>
    store.commit(
      Object.entries(resources).map(([id, [narrative, note]]) =>
        put(id, { type, body: bodyOf(id, narrative, note, type) }),
      ),
    );

  test('a search right after the commit finds words of the narrative, and of the content all', async () => {
    await given({ a: ['<p>Fièvre</p>'], b: ['toux', 'fievre'], c: ['fièvreux'] });
    expect(await foundIds(store, text('narrative', 'fievre'))).toEqual(['a']);
    expect(await foundIds(store, text('content', 'fievre'))).toEqual(['a', 'b']);
    expect(await foundIds(store, text('content', 'fievre', true))).toEqual(['a', 'b', 'c']);
    expect(await store.count('Patient', text('content', 'fievre'), 5_000)).toBe(2);
  });

  test('the words of a phrase follow each other', async () => {
    await given({ a: ['douleur de la hanche'], b: ['hanche sans douleur'], c: ['douleur', 'hanche'] });
    expect(await foundIds(store, text('narrative', 'la hanche'))).toEqual(['a']);
    expect(await foundIds(store, text('content', 'douleur hanche'))).toEqual([]);
    expect(await foundIds(store, text('content', 'douleur de la han', true))).toEqual(['a']);
  });

  test('words join with other criteria, alternatives and negations', async () => {
    await given({ a: ['os rein'], b: ['os'], c: ['rein'], d: ['foie'] });
    const os = text('narrative', 'os');
    const rein = text('narrative', 'rein');
    const found = (expression: Expression) => foundIds(store, expression);
    expect(await found({ kind: 'and', operands: [os, { kind: 'not', operand: rein }] })).toEqual(['b']);
    expect(await found({ kind: 'or', operands: [os, rein] })).toEqual(['a', 'b', 'c']);
    expect(await found({ kind: 'not', operand: os })).toEqual(['c', 'd']);
    expect(await found({ kind: 'and', operands: [{ kind: 'ids', ids: ['c', 'd'] }, rein] })).toEqual(['c']);
  });

  test('phrases are joined within one query', async () => {
    await given({ a: ['os rein'], b: ['os'], c: ['rein'], d: ['foie', 'os'] });
    const words = (...one: string[]) => ({ words: one });
    const found = (part: 'narrative' | 'content', query: TextQuery) =>
      foundIds(store, { kind: 'text', part, query });
    const both = { all: [words('os'), words('rein')], none: [] };
    expect(await found('narrative', both)).toEqual(['a']);
    expect(await found('narrative', { all: [words('os')], none: [words('rein'), words('foie')] })).toEqual([
      'b',
    ]);
    expect(await found('content', { all: [words('os')], none: [words('rein')] })).toEqual(['b', 'd']);
    expect(await found('narrative', { any: [both, words('foie')] })).toEqual(['a', 'd']);
    expect(await found('narrative', { all: [{ any: [words('os'), words('rein')] }], none: [both] })).toEqual([
      'b',
      'c',
    ]);
  });

  test('a new version brings its own words, and a deletion takes them away', async () => {
    await given({ a: ['avant'], b: ['avant'] });
    expect(await foundIds(store, text('narrative', 'avant'))).toEqual(['a', 'b']);
    await store.commit([put('a', { version: 2, body: bodyOf('a', 'apres') }), deletion('b', 2)]);
    expect(await foundIds(store, text('narrative', 'avant'))).toEqual([]);
    expect(await foundIds(store, text('narrative', 'apres'))).toEqual(['a']);
    await store.commit([put('b', { version: 3, body: bodyOf('b', 'apres') })]);
    expect(await foundIds(store, text('narrative', 'apres'))).toEqual(['a', 'b']);
  });

  test('words of other types and tenants are not found', async () => {
    await given({ a: ['secret'] });
    await given({ a: ['secret'], g: ['secret'] }, 'Group');
    const other = stores().forTenant(newTenant());
    await other.commit([put('z', { body: bodyOf('z', 'secret') })]);
    expect(await foundIds(store, text('content', 'secret'))).toEqual(['a']);
    expect(await foundIds(store, text('content', 'secret'), { type: 'Group' })).toEqual(['a', 'g']);
    expect(await foundIds(other, text('content', 'secret'))).toEqual(['z']);
    expect(await foundIds(store, text('content', 'secret'), { type: 'Device' })).toEqual([]);
  });

  test('identifiers of restricted bodies are no words', async () => {
    const body = JSON.stringify({
      resourceType: 'Patient',
      identifier: [{ value: 'cache' }],
      name: [{ family: 'Visible' }],
    });
    await store.commit([put('a', { body, restricted: true }), put('b', { body })]);
    expect(await foundIds(store, text('content', 'cache'))).toEqual(['b']);
    expect(await foundIds(store, text('content', 'visible'))).toEqual(['a', 'b']);
  });

  test('random queries find what reading every text finds', async () => {
    const alphabet = ['os', 'rein', 'foie'];
    const texts = Array.from({ length: 81 }, (_, n) =>
      [1, 3, 9, 27].flatMap((step) => alphabet[Math.floor(n / step) % 3] ?? []).slice(0, 1 + (n % 4)),
    );
    await given(Object.fromEntries(texts.map((words, n) => [`t${n}`, [words.join(' ')]])));
    const phrase = fc.record(
      {
        words: fc.array(fc.constantFrom(...alphabet, 're'), { minLength: 1, maxLength: 2 }),
        prefix: fc.constant(true as const),
      },
      { requiredKeys: ['words'] },
    );
    const { query } = fc.letrec<{ query: TextQuery }>((tie) => ({
      query: fc.oneof(
        { maxDepth: 3 },
        phrase,
        fc.record({ any: fc.array(tie('query'), { minLength: 1, maxLength: 3 }) }),
        fc.record({
          all: fc.array(tie('query'), { minLength: 1, maxLength: 3 }),
          none: fc.array(tie('query'), { maxLength: 2 }),
        }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(query, async (one) => {
        const expected = texts.flatMap((words, n) => (has(words, one) ? [`t${n}`] : []));
        const found = await foundIds(store, { kind: 'text', part: 'narrative', query: one }, { count: 30 });
        expect(found).toEqual(expected);
      }),
      { numRuns: Math.ceil(100 * effort) },
    );
  });

  test('many resources have their words in every page', async () => {
    const many = Array.from({ length: 700 }, (_, n) => `m${n}`);
    await given(Object.fromEntries(many.map((id, n) => [id, [n % 2 === 0 ? 'pair' : 'impair']])));
    expect(await foundIds(store, text('narrative', 'pair'), { count: 100 })).toEqual(
      many.filter((_, n) => n % 2 === 0),
    );
    await expect(
      store.search({
        type: 'Patient',
        expression: text('narrative', 'pair'),
        sort: [],
        count: 5,
        cursor: 'x',
      }),
    ).rejects.toMatchObject({ status: 400 });
    const sort = [{ parameter: '_id', family: 'id' as const, descending: true }];
    const sorted = await foundIds(store, text('narrative', 'impair'), { count: 200, sort });
    expect(sorted).toEqual(
      many
        .filter((_, n) => n % 2 === 1)
        .sort()
        .reverse(),
    );
  });
}

/** Whether a text has the words of a query, told without any index. */
function has(text: readonly string[], query: TextQuery): boolean {
  if ('any' in query) return query.any.some((one) => has(text, one));
  if ('all' in query) {
    return query.all.every((one) => has(text, one)) && !query.none.some((one) => has(text, one));
  }
  const { words, prefix } = query;
  return text.some((_, start) =>
    words.every((word, at) => {
      const found = text[start + at] ?? '';
      return prefix && at === words.length - 1 ? found.startsWith(word) : found === word;
    }),
  );
}
