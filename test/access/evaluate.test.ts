import { evaluate, isEvaluable, parametersOf } from '../../src/search/evaluate.ts';
import type { Expression } from '../../src/search/expression.ts';
import { foldedKey } from '../../src/search/fold.ts';
import { emptyIndexValues, type IndexValues } from '../../src/search/index-values.ts';

const index: IndexValues = {
  ...emptyIndexValues(),
  token: [
    { parameter: 'code', system: 's', code: 'a' },
    { parameter: 'code', code: 'b' },
  ],
  string: [{ parameter: 'name', folded: foldedKey('Éloïse'), exact: 'Éloïse' }],
  date: [{ parameter: 'date', low: 10, high: 20 }],
  quantity: [{ parameter: 'value', low: 5, high: 5, system: 'ucum', code: 'mg', unit: 'milligram' }],
  reference: [
    { parameter: 'subject', type: 'Patient', id: 'p' },
    { parameter: 'basis', url: 'http://elsewhere/1' },
  ],
  uri: [{ parameter: 'url', value: 'http://a/b' }],
  number: [{ parameter: 'pair$any a', low: 1, high: 1 }],
};
const resource = { id: 'r', lastUpdated: 100, index };
const isMet = (expression: Expression) => evaluate(expression, resource);

const met: Expression[] = [
  { kind: 'and', operands: [] },
  { kind: 'ids', ids: ['x', 'r'] },
  { kind: 'lastUpdated', tests: [{ bound: 'low', operator: '>=', value: 100 }] },
  { kind: 'token', parameter: 'code', code: 'a' },
  { kind: 'token', parameter: 'code', system: 's' },
  { kind: 'token', parameter: 'code', system: null, code: 'b' },
  { kind: 'string', parameter: 'name', match: 'prefix', value: 'elo' },
  { kind: 'string', parameter: 'name', match: 'contains', value: 'ois' },
  { kind: 'string', parameter: 'name', match: 'whole', value: 'eloise' },
  { kind: 'string', parameter: 'name', match: 'exact', value: 'Éloïse' },
  {
    kind: 'date',
    parameter: 'date',
    tests: [
      { bound: 'low', operator: '<', value: 11 },
      { bound: 'high', operator: '<=', value: 20 },
    ],
  },
  { kind: 'quantity', parameter: 'value', tests: [], unit: 'milligram' },
  { kind: 'quantity', parameter: 'value', tests: [], system: 'ucum', unit: 'mg' },
  { kind: 'uri', parameter: 'url', value: 'http://a', match: 'prefix' },
  { kind: 'uri', parameter: 'url', value: 'http://a/b' },
  { kind: 'reference', parameter: 'subject', id: 'p' },
  { kind: 'reference', parameter: 'subject', type: 'Patient', id: 'p' },
  { kind: 'reference', parameter: 'basis', url: 'http://elsewhere/1' },
  { kind: 'missing', parameter: 'other', family: 'token', missing: true },
  { kind: 'missing', parameter: 'code', family: 'token', missing: false },
  { kind: 'missing', parameter: 'pair', family: 'number', missing: false, anyKey: true },
];

test.each(met.map((expression) => [JSON.stringify(expression), expression]))('meets %s', (_, expression) => {
  expect(isMet(expression)).toBe(true);
  expect(isMet({ kind: 'not', operand: expression })).toBe(false);
});

const unmet: Expression[] = [
  { kind: 'or', operands: [] },
  { kind: 'ids', ids: ['x'] },
  { kind: 'lastUpdated', tests: [{ bound: 'low', operator: '>', value: 100 }] },
  { kind: 'token', parameter: 'code', system: null, code: 'a' },
  { kind: 'token', parameter: 'other', code: 'a' },
  { kind: 'string', parameter: 'name', match: 'exact', value: 'eloise' },
  { kind: 'date', parameter: 'date', tests: [{ bound: 'high', operator: '>', value: 20 }] },
  { kind: 'quantity', parameter: 'value', tests: [], system: 'ucum', unit: 'milligram' },
  { kind: 'quantity', parameter: 'value', tests: [], system: 'other', unit: 'mg' },
  { kind: 'uri', parameter: 'url', value: 'http://a' },
  { kind: 'reference', parameter: 'subject', type: 'Group', id: 'p' },
  { kind: 'reference', parameter: 'subject', url: 'p' },
  { kind: 'reference', parameter: 'basis', id: 'http://elsewhere/1' },
];

test.each(unmet.map((expression) => [JSON.stringify(expression), expression]))(
  'does not meet %s',
  (_, expression) => expect(isMet(expression)).toBe(false),
);

test('what depends on other resources cannot be told, however deep it stands', () => {
  const chain: Expression = {
    kind: 'chain',
    parameter: 'subject',
    targetType: 'Patient',
    expression: { kind: 'ids', ids: ['p'] },
  };
  const nested: Expression = { kind: 'not', operand: { kind: 'or', operands: [chain] } };
  expect(isEvaluable(nested)).toBe(false);
  expect(isEvaluable({ kind: 'text', part: 'narrative', query: { words: ['x'] } })).toBe(false);
  expect(isEvaluable({ kind: 'and', operands: met })).toBe(true);
  expect(() => isMet(chain)).toThrow('chain');
});

test('tells the parameters of an expression', () => {
  const tree: Expression = {
    kind: 'and',
    operands: [...met.slice(1, 7), { kind: 'not', operand: met[15]! }],
  };
  expect([...new Set(parametersOf(tree))]).toEqual(['code', 'name', 'subject']);
});
