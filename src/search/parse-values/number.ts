import { type Significance, significance } from '../../fhir/decimal.ts';
import { anyOf } from '../combine.ts';
import type { RangeTest } from '../expression.ts';
import { type Comparator, splitComparator } from './comparator.ts';
import { malformedValue, type ValueParser } from './context.ts';

const EXPECTED = 'a number, such as 5.4 or ge5.4';

export const parseNumberValue: ValueParser = ({ code }, value, { name }) => {
  const alternatives = numberAlternatives(value);
  if (alternatives === undefined) {
    throw malformedValue(name, EXPECTED);
  }
  return anyOf(alternatives.map((tests) => ({ kind: 'number' as const, parameter: code, tests })));
};

/**
 * The tests of a prefixed number on an indexed number or range `[low, high]`, `undefined` when it is malformed.
 * Each alternative is a set of tests that one value meets together. `eq` and `ne` search the range of the
 * significant digits, the other prefixes the exact number (search.html#number), `ap` 10 % on either side.
 *
 * | prefix | tests                                    |
 * |--------|------------------------------------------|
 * | eq     | low ≥ range start and high < range end   |
 * | ne     | low < range start or high ≥ range end    |
 * | gt     | high > number                            |
 * | lt     | low < number                             |
 * | ge     | high ≥ number                            |
 * | le     | low ≤ number                             |
 * | sa     | low > number                             |
 * | eb     | high < number                            |
 * | ap     | low ≤ number + 10 %, high ≥ number − 10 % |
 */
export function numberAlternatives(prefixed: string): RangeTest[][] | undefined {
  const { comparator, operand } = splitComparator(prefixed);
  const range = significance(operand);
  return range && alternatives(comparator, range);
}

function alternatives(comparator: Comparator, { value, low: start, high: end }: Significance): RangeTest[][] {
  switch (comparator) {
    case 'eq':
      return [
        [
          { bound: 'low', operator: '>=', value: start },
          { bound: 'high', operator: '<', value: end },
        ],
      ];
    case 'ne':
      return [
        [{ bound: 'low', operator: '<', value: start }],
        [{ bound: 'high', operator: '>=', value: end }],
      ];
    case 'gt':
      return [[{ bound: 'high', operator: '>', value }]];
    case 'lt':
      return [[{ bound: 'low', operator: '<', value }]];
    case 'ge':
      return [[{ bound: 'high', operator: '>=', value }]];
    case 'le':
      return [[{ bound: 'low', operator: '<=', value }]];
    case 'sa':
      return [[{ bound: 'low', operator: '>', value }]];
    case 'eb':
      return [[{ bound: 'high', operator: '<', value }]];
    case 'ap': {
      const margin = Math.abs(value) / 10;
      return [
        [
          { bound: 'low', operator: '<=', value: Math.max(value + margin, end) },
          { bound: 'high', operator: '>=', value: Math.min(value - margin, start) },
        ],
      ];
    }
  }
}
