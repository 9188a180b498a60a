import { type DateRange, dateRange } from '../../fhir/date.ts';
import { anyOf } from '../combine.ts';
import type { RangeTest } from '../expression.ts';
import { type Comparator, splitComparator } from './comparator.ts';
import { type CriterionContext, malformedValue, type ValueParser } from './context.ts';

const EXPECTED = 'a date or time, such as 2024-02 or ge2024-02-05T10:00:00Z';

export const parseDateValue: ValueParser = ({ code }, value, context) => {
  const { comparator, range } = comparison(value, context);
  return anyOf(
    rangeAlternatives(comparator, range).map((tests) => ({ kind: 'date' as const, parameter: code, tests })),
  );
};

/** `_lastUpdated` is an instant, one point in the comparisons. */
export const parseLastUpdatedValue: ValueParser = (_, value, context) => {
  const { comparator, range } = comparison(value, context);
  return anyOf(
    instantAlternatives(comparator, range).map((tests) => ({ kind: 'lastUpdated' as const, tests })),
  );
};

/** The range of the value, widened for `ap`. */
function comparison(
  value: string,
  { name, now }: CriterionContext,
): { comparator: Comparator; range: DateRange } {
  const { comparator, operand } = splitComparator(value);
  // In a query string an unescaped `+` of a zone has become a space.
  const range = dateRange(operand.replace(' ', '+'));
  if (range === undefined) {
    throw malformedValue(name, EXPECTED);
  }
  return { comparator, range: comparator === 'ap' ? approximately(range, now) : range };
}

/**
 * search.html#prefix on the indexed range `[low, high)` against the searched one `[start, end)`. Each
 * alternative is a set of tests that one value meets together.
 *
 * | prefix | meaning by the specification                         | tests                       |
 * |--------|------------------------------------------------------|-----------------------------|
 * | eq     | the searched range contains the indexed one           | low ≥ start and high ≤ end  |
 * | ne     | it does not                                           | low < start or high > end   |
 * | gt     | the indexed range reaches above the searched one      | high > end                  |
 * | lt     | it reaches below                                      | low < start                 |
 * | ge     | gt or eq                                              | high > end or low ≥ start   |
 * | le     | lt or eq                                              | low < start or high ≤ end   |
 * | sa     | the indexed range starts after the searched one       | low ≥ end                   |
 * | eb     | it ends before                                        | high ≤ start                |
 * | ap     | both overlap, the searched one widened                | low < end and high > start  |
 */
function rangeAlternatives(comparator: Comparator, { low: start, high: end }: DateRange): RangeTest[][] {
  const startsBefore: RangeTest = { bound: 'low', operator: '<', value: start };
  const startsWithin: RangeTest = { bound: 'low', operator: '>=', value: start };
  const endsAfter: RangeTest = { bound: 'high', operator: '>', value: end };
  const endsWithin: RangeTest = { bound: 'high', operator: '<=', value: end };
  switch (comparator) {
    case 'eq':
      return [[startsWithin, endsWithin]];
    case 'ne':
      return [[startsBefore], [endsAfter]];
    case 'gt':
      return [[endsAfter]];
    case 'lt':
      return [[startsBefore]];
    case 'ge':
      return [[endsAfter], [startsWithin]];
    case 'le':
      return [[startsBefore], [endsWithin]];
    case 'sa':
      return [[{ bound: 'low', operator: '>=', value: end }]];
    case 'eb':
      return [[{ bound: 'high', operator: '<=', value: start }]];
    case 'ap':
      return [
        [
          { bound: 'low', operator: '<', value: end },
          { bound: 'high', operator: '>', value: start },
        ],
      ];
  }
}

/** The same table for an instant: it is before, within or after the searched range. */
function instantAlternatives(comparator: Comparator, { low: start, high: end }: DateRange): RangeTest[][] {
  const before: RangeTest = { bound: 'low', operator: '<', value: start };
  const notBefore: RangeTest = { bound: 'low', operator: '>=', value: start };
  const notAfter: RangeTest = { bound: 'low', operator: '<', value: end };
  const after: RangeTest = { bound: 'low', operator: '>=', value: end };
  switch (comparator) {
    case 'eq':
    case 'ap':
      return [[notBefore, notAfter]];
    case 'ne':
      return [[before], [after]];
    case 'gt':
    case 'sa':
      return [[after]];
    case 'lt':
    case 'eb':
      return [[before]];
    case 'ge':
      return [[notBefore]];
    case 'le':
      return [[notAfter]];
  }
}

/** Wider by 10 % of the gap between now and the date, as the specification recommends. */
function approximately({ low, high }: DateRange, now: number): DateRange {
  const gap = now < low ? low - now : Math.max(0, now - high);
  const margin = Math.round(gap / 10);
  return { low: low - margin, high: high + margin };
}
