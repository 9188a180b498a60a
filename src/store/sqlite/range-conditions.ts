import type { RangeTest } from '../../search/expression.ts';
import { type RangeFamily, wideSpan } from './families.ts';
import { all, type Sql, sql } from './sql.ts';

/**
 * The tests on `low` and `high` of one row. An upper bound of `high` is one of `low` too, because a range begins
 * before it ends: it is said, so that the index on `low` is read no further.
 */
export function rangeCondition(tests: readonly RangeTest[]): Sql {
  return all(tests.flatMap((test) => [condition(test), ...impliedByEnd(test)]));
}

/** A condition on one row of an index table, and the index that bounds it. */
export interface RangeProbe {
  condition: Sql;
  /** Wide ranges, by the index on `high`; otherwise the index on `low`. */
  isWide: boolean;
}

/**
 * Conditions that together cover `rangeCondition`, each read from one index. A lower bound of `high` alone bounds
 * no index on `low`, except for ranges that are not wide; the wide ones are few and have an index on `high`.
 */
export function rangeProbes(family: RangeFamily, tests: readonly RangeTest[]): RangeProbe[] {
  const whole = rangeCondition(tests);
  const ends = tests.filter(({ bound, operator }) => bound === 'high' && operator.startsWith('>'));
  const begins = tests.some(({ bound, operator }) => bound === 'low' && operator.startsWith('>'));
  if (ends.length === 0 || begins) return [{ condition: whole, isWide: false }];
  const span = wideSpan[family];
  const low = Math.max(...ends.map(({ value }) => value)) - span;
  // Without a span both bounds are one number.
  const narrow =
    span === 0
      ? rangeCondition(tests.map((test) => ({ ...test, bound: 'low' })))
      : all([sql('v.low >= ?', low), whole]);
  return [
    { condition: all([sql('v.wide = 0'), narrow]), isWide: false },
    { condition: all([sql('v.wide = 1'), whole]), isWide: true },
  ];
}

function condition({ bound, operator, value }: RangeTest): Sql {
  return sql(`v.${bound} ${operator} ?`, value);
}

function impliedByEnd({ bound, operator, value }: RangeTest): Sql[] {
  return bound === 'high' && operator.startsWith('<') ? [sql('v.low <= ?', value)] : [];
}
