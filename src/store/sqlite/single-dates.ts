import type { Expression, RangeTest } from '../../search/expression.ts';
import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import type { SearchedType } from './value-conditions.ts';
import { everything } from './walks.ts';

/** A criterion on dates: tests that one date meets together, or other such tests. */
export interface DateCriterion {
  parameter: string;
  alternatives: readonly RangeTest[][];
}

/** Criteria that would have more alternatives together stay apart. */
const mostAlternatives = 8;

/**
 * The criteria of an `and` with those on one date parameter taken together: each alone may match most of a type,
 * and all together a month. It says the same as long as no resource has several dates of the parameter.
 */
export function togetherOnDates(
  connection: Connection,
  dictionary: Dictionary,
  searched: SearchedType,
  criteria: readonly Expression[],
): Expression[] {
  const together: Expression[] = [];
  for (const criterion of criteria) {
    const dates = dateCriterion(criterion);
    const at = together.findIndex((other) => dates && dateCriterion(other)?.parameter === dates.parameter);
    const earlier = at < 0 ? undefined : dateCriterion(together[at] as Expression);
    const both = dates && earlier && combined(earlier, dates);
    if (both !== undefined && hasSingleDates(connection, dictionary, searched, both.parameter)) {
      together[at] = expressionOf(both);
      // The places of the others stay.
      together.push(everything);
    } else together.push(criterion);
  }
  return together;
}

/** An expression that tests the dates of one parameter alone. */
export function dateCriterion(expression: Expression): DateCriterion | undefined {
  if (expression.kind === 'date') {
    return { parameter: expression.parameter, alternatives: [expression.tests] };
  }
  if (expression.kind !== 'or') return undefined;
  const criteria = expression.operands.map(dateCriterion);
  const [first] = criteria;
  if (first === undefined || criteria.some((other) => other?.parameter !== first.parameter)) return undefined;
  return {
    parameter: first.parameter,
    alternatives: criteria.flatMap((criterion) => criterion?.alternatives ?? []),
  };
}

/** True when no resource has several dates of the parameter. */
export function hasSingleDates(
  connection: Connection,
  dictionary: Dictionary,
  searched: SearchedType,
  parameter: string,
): boolean {
  const p = dictionary.parameter(searched.scope, parameter);
  const text = 'SELECT 1 FROM date_value INDEXED BY date_several WHERE p = ? AND rank <> 3 LIMIT 1';
  return connection.row(text, [p]) === undefined;
}

function combined(one: DateCriterion, other: DateCriterion): DateCriterion | undefined {
  const alternatives = one.alternatives.flatMap((tests) =>
    other.alternatives.map((others) => [...tests, ...others]),
  );
  return alternatives.length > mostAlternatives ? undefined : { ...one, alternatives };
}

function expressionOf({ parameter, alternatives }: DateCriterion): Expression {
  const operands = alternatives.map((tests): Expression => ({ kind: 'date', parameter, tests }));
  const [only] = operands;
  return only !== undefined && operands.length === 1 ? only : { kind: 'or', operands };
}
