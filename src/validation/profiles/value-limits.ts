import { dateRange } from '../../fhir/date.ts';
import { decimalText } from '../../fhir/json.ts';
import { LONGEST_UNIT, UCUM, withUnits } from '../../fhir/ucum-library.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';

/**
 * The rule that a number, a date or a quantity is not below a least or above a greatest value, quantities by UCUM where
 * their units differ; the limit of a date may be a duration before or after now
 * (elementdefinition.html#ElementDefinition.minValue[x]).
 */
export function limitRule(limit: unknown, side: 'min' | 'max', profile: string): Rule {
  const diagnostics = `The value must be at ${side === 'min' ? 'least' : 'most'} ${JSON.stringify(limit)}`;
  return ({ value }, context) => {
    const difference = compare(value, limit, side);
    if (difference === undefined) return;
    if (side === 'min' ? difference < 0 : difference > 0) {
      context.report({ severity: 'error', code: 'value', diagnostics, profile });
    }
  };
}

/** Negative, zero or positive; undefined where the two do not compare. */
function compare(value: unknown, limit: unknown, side: 'min' | 'max'): number | undefined {
  if (typeof value === 'string') {
    if (typeof limit === 'string') return compareTexts(value, limit);
    return isObject(limit) ? compareToNow(value, limit, side) : undefined;
  }
  const left = decimalText(value);
  const right = decimalText(limit);
  if (left !== undefined && right !== undefined) return Number(left) - Number(right);
  return isObject(value) && isObject(limit) ? compareQuantities(value, limit) : undefined;
}

function compareTexts(value: string, limit: string): number | undefined {
  const left = dateRange(value);
  const right = dateRange(limit);
  if (left === undefined || right === undefined) return value < limit ? -1 : value > limit ? 1 : 0;
  if (left.high <= right.low) return -1;
  return left.low >= right.high ? 1 : 0;
}

type Quantity = Readonly<Record<string, unknown>>;

function compareQuantities(value: Quantity, limit: Quantity): number | undefined {
  const left = decimalText(value['value']);
  const right = decimalText(limit['value']);
  if (left === undefined || right === undefined) return undefined;
  const unit = limit['code'];
  if (unit === undefined || (unit === value['code'] && limit['system'] === value['system'])) {
    return Number(left) - Number(right);
  }
  if (limit['system'] !== UCUM || value['system'] !== UCUM) return undefined;
  const converted = inBaseUnits(Number(left), String(value['code']));
  const bound = inBaseUnits(Number(right), String(unit));
  if (converted === undefined || bound === undefined || converted.unit !== bound.unit) return undefined;
  return converted.magnitude - bound.magnitude;
}

function inBaseUnits(value: number, unit: string): { magnitude: number; unit: string } | undefined {
  if (unit.length > LONGEST_UNIT) return undefined;
  const { status, magnitude, unitToExp } = withUnits((units) => units.convertToBaseUnits(unit, value));
  if (status !== 'succeeded' || magnitude === undefined || unitToExp === undefined) return undefined;
  return { magnitude, unit: JSON.stringify(Object.entries(unitToExp).sort()) };
}

/** The field of the UTC calendar that a UCUM unit of time counts, with how many of it. */
const calendar: Readonly<
  Record<string, { field: 'FullYear' | 'Month' | 'Date' | 'Hours' | 'Minutes' | 'Seconds'; by: number }>
> = {
  a: { field: 'FullYear', by: 1 },
  mo: { field: 'Month', by: 1 },
  wk: { field: 'Date', by: 7 },
  d: { field: 'Date', by: 1 },
  h: { field: 'Hours', by: 1 },
  min: { field: 'Minutes', by: 1 },
  s: { field: 'Seconds', by: 1 },
};

/** The least date is so long before now, the greatest so long after. */
function compareToNow(value: string, limit: Quantity, side: 'min' | 'max'): number | undefined {
  const range = dateRange(value);
  const amount = Number(decimalText(limit['value']));
  const unit = String(limit['code']);
  if (range === undefined || !Number.isFinite(amount) || !Object.hasOwn(calendar, unit)) return undefined;
  const { field, by } = calendar[unit] ?? { field: 'Date', by: 1 };
  const bound = new Date();
  const count = (side === 'min' ? -1 : 1) * amount * by;
  bound[`setUTC${field}`](bound[`getUTC${field}`]() + count);
  if (side === 'min') return range.high <= bound.getTime() ? -1 : 0;
  return range.low > bound.getTime() ? 1 : 0;
}
