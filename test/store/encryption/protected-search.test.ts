import fc from 'fast-check';
import { evaluate } from '../../../src/search/evaluate.ts';
import type { Expression } from '../../../src/search/expression.ts';
import { emptyIndexValues, type IndexValues, type TokenValue } from '../../../src/search/index-values.ts';
import { KeyedNames } from '../../../src/store/encryption/keyed-names.ts';
import { protectedIndex } from '../../../src/store/encryption/protected-index.ts';
import { protectedSearch } from '../../../src/store/encryption/protected-search.ts';
import { newKey, testKeys } from './keys.ts';

const names = new KeyedNames(testKeys({ one: newKey() }).hash);
const systems = new Set(['urn:ins', 'urn:other']);
const complete = { systems, names, isMixed: false };
const hide = (index: Partial<IndexValues>) =>
  protectedIndex({ ...emptyIndexValues(), ...index }, systems, names);

const value = fc.constantFrom('275076322110143', '1', 'a|b');
const token: fc.Arbitrary<TokenValue> = fc.oneof(
  fc.record(
    {
      parameter: fc.constantFrom('identifier', 'subject:identifier'),
      system: fc.constantFrom('urn:ins', 'urn:other', 'urn:clear'),
      code: value,
    },
    { requiredKeys: ['parameter', 'code'] },
  ),
  fc.record({
    parameter: fc.constant('identifier:of-type'),
    system: fc.constant('urn:types'),
    code: value.map((one) => `NH|${one}`),
  }),
);
const search: fc.Arbitrary<Expression> = fc.oneof(
  token.map((one): Expression => ({ kind: 'token', ...one })),
  token.map(({ code: _, ...one }): Expression => ({ kind: 'token', ...one })),
  token.map(({ parameter, code }): Expression => ({ kind: 'token', parameter, system: null, code: code! })),
);

test('a resource meets a search of identifiers as it would in clear', () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 4 }), search, fc.boolean(), (tokens, asked, negated) => {
      const expression: Expression = negated ? { kind: 'not', operand: asked } : asked;
      const index = { ...emptyIndexValues(), token: tokens };
      const found = evaluate(protectedSearch(expression, complete), {
        id: 'r',
        lastUpdated: 0,
        index: hide({ token: tokens }),
      });
      expect(found).toBe(evaluate(expression, { id: 'r', lastUpdated: 0, index }));
    }),
    { numRuns: 500 },
  );
});

test('while resources may be indexed in clear, both are found', () => {
  const index = { ...emptyIndexValues(), token: [{ parameter: 'identifier', system: 'urn:ins', code: '7' }] };
  const asked = protectedSearch(
    { kind: 'token', parameter: 'identifier', system: 'urn:ins', code: '7' },
    { ...complete, isMixed: true },
  );
  for (const one of [index, hide(index)])
    expect(evaluate(asked, { id: 'r', lastUpdated: 0, index: one })).toBe(true);
});

test('no form of a hidden value is left in the index', () => {
  const hidden = '275076322110143';
  const range = { low: 1, high: 1 };
  const index = hide({
    token: [
      { parameter: 'identifier', system: 'urn:ins', code: hidden },
      { parameter: 'identifier:of-type', system: 'urn:types', code: `NH|${hidden}` },
      { parameter: 'identifier:of-type', code: `NH|${hidden}` },
      { parameter: `pair$any ${hidden}`, code: 'x' },
      { parameter: 'gender', code: 'female' },
    ],
    string: [
      { parameter: 'number', folded: hidden, exact: hidden },
      { parameter: 'name', folded: 'durand', exact: 'Durand' },
    ],
    uri: [{ parameter: 'url', value: hidden }],
    number: [{ parameter: `pair$system urn:ins ${hidden}`, ...range }],
    date: [{ parameter: 'birthdate', ...range }],
  });
  expect(JSON.stringify(index)).not.toContain(hidden);
  expect(index.token.map(({ parameter }) => parameter)).toEqual([
    'identifier',
    'identifier:of-type',
    'identifier:of-type',
    'gender',
  ]);
  expect([index.string.length, index.date.length, index.token.at(-1)?.code]).toEqual([1, 1, 'female']);
});

test('one value has another hash in each system and each use', () => {
  const hashes = [
    names.identifier('urn:ins', 'x'),
    names.identifier('urn:other', 'x'),
    names.ofType('urn:ins', 'x'),
    names.ofType(undefined, 'x'),
    names.identityKey('x'),
    names.claim('x'),
    new KeyedNames(testKeys({ one: newKey() }).hash).identifier('urn:ins', 'x'),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(names.identityKey(names.identityKey('x'))).toBe(names.identityKey('x'));
  expect(names.claim(names.claim('x'))).toBe(names.claim('x'));
});

test('values of chains and of what is referred to are hidden too', () => {
  const inner: Expression = { kind: 'token', parameter: 'identifier', system: 'urn:ins', code: '7' };
  const chain = { parameter: 'subject', expression: inner };
  const expression: Expression = {
    kind: 'or',
    operands: [
      { kind: 'chain', targetType: 'Patient', ...chain },
      { kind: 'and', operands: [{ kind: 'has', sourceType: 'Observation', ...chain }] },
    ],
  };
  const asked = JSON.stringify(protectedSearch(expression, complete));
  expect(asked).not.toContain('"7"');
  expect(asked.split(names.identifier('urn:ins', '7'))).toHaveLength(3);
});

test('words are refused wherever they stand', () => {
  const text: Expression = { kind: 'text', part: 'content', query: { words: ['a'] } };
  const chain: Expression = { kind: 'chain', parameter: 'subject', targetType: 'Patient', expression: text };
  for (const expression of [text, chain, { kind: 'not', operand: chain } as const]) {
    expect(() => protectedSearch(expression, complete)).toThrow(
      expect.objectContaining({ status: 400, issues: [expect.objectContaining({ code: 'not-supported' })] }),
    );
  }
});
