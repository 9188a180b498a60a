import type { Range } from 'fhir/r4.d.ts';
import { decimalValue } from '../../fhir/decimal.ts';
import type { Writer, Writers } from './writer.ts';

const primitive: Writer =
  ({ code }) =>
  (value, { values }) => {
    const number = decimalValue(value);
    if (number !== undefined) {
      values.number.push({ parameter: code, low: number, high: number });
    }
  };

const range: Writer =
  ({ code }) =>
  (value, { values }) => {
    const bounds = rangeBounds(value as Range);
    if (bounds !== undefined) {
      values.number.push({ parameter: code, ...bounds });
    }
  };

/** Number values (search.html#number). */
export const numberWriters: Writers = {
  decimal: primitive,
  integer: primitive,
  positiveInt: primitive,
  unsignedInt: primitive,
  Range: range,
};

/** The bounds of a Range, a missing one being the largest double; `undefined` when it has neither. */
export function rangeBounds({ low, high }: Range): { low: number; high: number } | undefined {
  const first = decimalValue(low?.value);
  const last = decimalValue(high?.value);
  if (first === undefined && last === undefined) {
    return undefined;
  }
  return { low: first ?? -Number.MAX_VALUE, high: last ?? Number.MAX_VALUE };
}
