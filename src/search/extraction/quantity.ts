import type { Money, Quantity, Range, SampledData } from 'fhir/r4.d.ts';
import { decimalValue, neighbour } from '../../fhir/decimal.ts';
import { UCUM } from '../../fhir/ucum-library.ts';
import { canonicalParameter } from '../derived-parameters.ts';
import type { IndexValues, QuantityValue } from '../index-values.ts';
import { canonicalUnit } from '../ucum.ts';
import { rangeBounds } from './number.ts';
import type { Writer, Writers } from './writer.ts';

type Bounds = Pick<QuantityValue, 'low' | 'high'>;

/** ISO 4217 as a code system (datatypes.html#Money). */
const CURRENCIES = 'urn:iso:std:iso:4217';

const quantity: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { value: amount, comparator } = value as Quantity;
    const number = decimalValue(amount);
    if (number !== undefined) {
      add(values, code, number, number, value as Quantity, comparator);
    }
  };

const money: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { value: amount, currency } = value as Money;
    const number = decimalValue(amount);
    if (number !== undefined) {
      add(values, code, number, number, currency === undefined ? {} : { system: CURRENCIES, code: currency });
    }
  };

const range: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { low, high } = value as Range;
    const bounds = rangeBounds(value as Range);
    if (bounds !== undefined) {
      add(values, code, bounds.low, bounds.high, low ?? high ?? {});
    }
  };

const sampledData: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { origin, factor, data } = value as SampledData;
    const zero = decimalValue(origin?.value) ?? 0;
    const scale = decimalValue(factor) ?? 1;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const text of (data ?? '').split(/\s+/u)) {
      const point = zero + scale * Number(text === '' ? Number.NaN : text);
      if (Number.isFinite(point)) {
        low = Math.min(low, point);
        high = Math.max(high, point);
      }
    }
    if (low <= high) {
      add(values, code, low, high, origin ?? {});
    }
  };

/** Quantity values (search.html#quantity), UCUM ones in base units too. Of sampled data, the bounds of the points count. */
export const quantityWriters: Writers = {
  Age: quantity,
  Count: quantity,
  Distance: quantity,
  Duration: quantity,
  Quantity: quantity,
  Money: money,
  Range: range,
  SampledData: sampledData,
};

function add(
  values: IndexValues,
  parameter: string,
  low: number,
  high: number,
  unit: Quantity,
  comparator?: Quantity['comparator'],
): void {
  const value: QuantityValue = { parameter, ...compared({ low, high }, comparator) };
  if (unit.system !== undefined) {
    value.system = unit.system;
  }
  if (unit.code !== undefined) {
    value.code = unit.code;
  }
  if (unit.unit !== undefined && unit.unit !== unit.code) {
    value.unit = unit.unit;
  }
  values.quantity.push(value);
  const canonical = unit.system === UCUM && unit.code !== undefined ? canonicalUnit(unit.code) : undefined;
  if (canonical !== undefined) {
    values.quantity.push({
      parameter: canonicalParameter(parameter),
      ...compared({ low: canonical.convert(low), high: canonical.convert(high) }, comparator),
      code: canonical.unit,
    });
  }
}

/** The range of what a value stands for: `<5` is all that is below 5 (datatypes.html#Quantity). */
function compared({ low, high }: Bounds, comparator: Quantity['comparator']): Bounds {
  switch (comparator) {
    case '<':
      return { low: -Number.MAX_VALUE, high: neighbour(high, -1) };
    case '<=':
      return { low: -Number.MAX_VALUE, high };
    case '>=':
      return { low, high: Number.MAX_VALUE };
    case '>':
      return { low: neighbour(low, 1), high: Number.MAX_VALUE };
    default:
      return { low, high };
  }
}
