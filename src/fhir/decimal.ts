import { decimalText } from './json.ts';

/** A number with the interval that its significant digits stand for: `low` included, `high` excluded. */
export interface Significance {
  value: number;
  low: number;
  high: number;
}

const LEXICAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,5}))?$/;

/** Digits of a fraction beyond this many cannot move the nearest double. */
const MAX_FRACTION_DIGITS = 400;

/**
 * The value of a FHIR decimal and the range of half a unit of its last digit on either side (search.html#number):
 * `100` is [99.5, 100.5), `100.00` is [99.995, 100.005). A positive exponent on a whole number counts for one
 * digit more, as the specification has it: `1e2` is [95, 105). `undefined` when the text is no number or is beyond the
 * doubles.
 */
export function significance(text: string): Significance | undefined {
  const match = LEXICAL.exec(text);
  if (match === null) {
    return undefined;
  }
  const value = Number(text);
  if (!Number.isFinite(value)) {
    return undefined;
  }
  const [, sign, whole, allFraction = '', exponentText] = match;
  const fraction = allFraction.slice(0, MAX_FRACTION_DIGITS);
  const extraDigit = Number(exponentText ?? 0) > 0 && fraction === '' ? '0' : '';
  const digits = BigInt(`${whole}${fraction}${extraDigit}`) * (sign === '-' ? -10n : 10n);
  const exponent = Number(exponentText ?? 0) - fraction.length - extraDigit.length - 1;
  const low = Number(`${digits - 5n}e${exponent}`);
  const high = Number(`${digits + 5n}e${exponent}`);
  // Digits finer than a double leave an empty interval: it keeps the one value.
  return {
    value,
    low: Math.min(low, value),
    high: high > value ? high : neighbour(value, 1),
  };
}

/** The number of a decimal of a parsed resource, `undefined` when it is none. */
export function decimalValue(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : Number(decimalText(value) ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}

/** A double right beside another, above (1) or below (-1) it; the largest ones are their own. */
export function neighbour(value: number, direction: 1 | -1): number {
  const next = value + direction * Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
  return Number.isFinite(next) ? next : value;
}
