import { compositePrefix } from '../../search/derived-parameters.ts';
import type { Expression, RangeTest, ValueFamily } from '../../search/expression.ts';
import { anyOf, type Filter } from './filters.ts';
import {
  codedKey,
  codeKey,
  exactKey,
  formsOfFamily,
  isRangeFamily,
  keyOf,
  keyPrefix,
  rangeName,
  referenceKey,
  systemKey,
  textsFrom,
} from './index-keys.ts';
import type { IndexName } from './indexes.ts';

/** A node that asks for one indexed value. */
export type ValueExpression = Extract<
  Expression,
  { kind: 'token' | 'string' | 'date' | 'number' | 'quantity' | 'uri' | 'reference' }
>;

/** A condition on the index values of a document, and the reads of an index that together find the documents. */
export interface ValueFilter {
  filter: Filter;
  reads: readonly Filter[];
  index: Extract<IndexName, 'keys' | 'range-low' | 'range-high'>;
  /** The condition is that this key is there: the index has such documents in the order of creation. */
  key?: string;
}

export function valueFilter(node: ValueExpression): ValueFilter {
  switch (node.kind) {
    case 'token':
      return tokenFilter(node);
    case 'string':
      return stringFilter(node);
    case 'uri':
      if (node.match === 'prefix') return someKey(textsFrom(keyOf('v', node.parameter, node.value)));
      return thisKey(keyOf('v', node.parameter, node.value));
    case 'reference':
      if ('url' in node) return thisKey(keyOf('u', node.parameter, node.url));
      if (node.type === undefined) return thisKey(keyOf('i', node.parameter, node.id));
      return thisKey(referenceKey(node.parameter, { type: node.type, id: node.id }));
    case 'date':
    case 'number':
      return rangeFilter({ p: rangeName(node.kind, node.parameter) }, node.tests);
    case 'quantity':
      return quantityFilter(node);
  }
}

/** The condition that a resource has a value of the parameter or, for a composite, of any of its keys. */
export function presenceFilter(family: ValueFamily, parameter: string, anyKey: boolean): ValueFilter {
  if (isRangeFamily(family)) {
    const name = rangeName(family, parameter);
    const filter = { ranges: { $elemMatch: { p: anyKey ? textsFrom(compositePrefix(name)) : name } } };
    return { filter, reads: [filter], index: 'range-low' };
  }
  const reads = formsOfFamily[family].map((form) => {
    const prefix = anyKey ? form + compositePrefix(parameter) : keyPrefix(form, parameter);
    return someKey(textsFrom(prefix)).filter;
  });
  return { filter: anyOf(reads), reads, index: 'keys' };
}

function tokenFilter({ parameter, code, system }: Extract<Expression, { kind: 'token' }>): ValueFilter {
  if (code === undefined) {
    return system === undefined
      ? someKey(textsFrom(keyPrefix('c', parameter)))
      : thisKey(systemKey(parameter, system));
  }
  return thisKey(system === undefined ? codeKey(parameter, code) : codedKey(parameter, code, system));
}

function stringFilter({ parameter, match, value }: Extract<Expression, { kind: 'string' }>): ValueFilter {
  switch (match) {
    case 'prefix':
      return someKey(textsFrom(keyOf('f', parameter, value)));
    case 'whole':
      return thisKey(keyOf('f', parameter, value));
    case 'exact':
      return thisKey(exactKey(parameter, value));
    case 'contains':
      // Anchored at the parameter, so that its keys alone are read.
      return someKey({
        ...textsFrom(keyPrefix('f', parameter)),
        $regex: `^${literal(keyPrefix('f', parameter))}[\\s\\S]*${literal(value)}`,
      });
  }
}

function quantityFilter({
  parameter,
  tests,
  system,
  unit,
}: Extract<Expression, { kind: 'quantity' }>): ValueFilter {
  const name = { p: rangeName('quantity', parameter) };
  if (unit === undefined) return rangeFilter({ ...name, ...(system === undefined ? {} : { system }) }, tests);
  if (system !== undefined) return rangeFilter({ ...name, system, code: unit }, tests);
  const [byCode, byUnit] = [{ code: unit }, { unit }].map((one) => rangeFilter({ ...name, ...one }, tests));
  return {
    ...(byCode as ValueFilter),
    filter: anyOf([byCode, byUnit].flatMap((one) => (one === undefined ? [] : [one.filter]))),
    reads: [byCode, byUnit].flatMap((one) => one?.reads ?? []),
  };
}

/** All tests are met by one element: without `$elemMatch` two of them might meet one each. */
function rangeFilter(others: Filter, tests: readonly RangeTest[]): ValueFilter {
  const filter = { ranges: { $elemMatch: { ...others, ...boundsOf(tests) } } };
  const bounded = (bound: RangeTest['bound'], operator: string) =>
    tests.some((test) => test.bound === bound && test.operator.startsWith(operator));
  const isByEnd = bounded('high', '>') && !bounded('low', '>');
  return { filter, reads: [filter], index: isByEnd ? 'range-high' : 'range-low' };
}

const operators = { '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const;

/** The tests on each of both bounds as one condition, in which the tightest of a kind counts. */
function boundsOf(tests: readonly RangeTest[]): Filter {
  const bounds = new Map<string, Record<string, number>>();
  for (const { bound, operator, value } of tests.flatMap((test) => [test, ...impliedByEnd(test)])) {
    const { [operators[operator]]: known = value, ...others } = bounds.get(bound) ?? {};
    const tightest = operator.startsWith('<') ? Math.min(value, known) : Math.max(value, known);
    bounds.set(bound, { ...others, [operators[operator]]: tightest });
  }
  return Object.fromEntries(bounds);
}

/** A range begins before it ends: said, so that the index on `low` is read no further. */
function impliedByEnd({ bound, operator, value }: RangeTest): RangeTest[] {
  return bound === 'high' && operator.startsWith('<') ? [{ bound: 'low', operator: '<=', value }] : [];
}

function thisKey(key: string): ValueFilter {
  const filter = { keys: key };
  return { filter, reads: [filter], index: 'keys', key };
}

function someKey(condition: Filter): ValueFilter {
  const filter = { keys: { $elemMatch: condition } };
  return { filter, reads: [filter], index: 'keys' };
}

/** A text as a regular expression that matches it alone. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
