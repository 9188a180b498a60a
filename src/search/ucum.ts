import { LONGEST_UNIT, withUnits } from '../fhir/ucum-library.ts';

/** How quantities in one UCUM unit are brought to base units. */
export interface CanonicalUnit {
  /** Base units with their exponents, such as `g.m-3`; `1` where there are none. */
  unit: string;
  convert(value: number): number;
}

/** Units kept in memory: a clumsy client can send any number of them. */
const REMEMBERED_UNITS = 5_000;

/** Significant digits of converted values: what is equal before rounding errors is equal after them. */
const DIGITS = 12;

const remembered = new Map<string, CanonicalUnit | undefined>();

/**
 * The conversion of a UCUM unit to base units; `undefined` for what is no unit, for arbitrary units (`[IU]`), which
 * have no base, and for logarithmic ones (`[pH]`), whose order is not that of their values.
 */
export function canonicalUnit(code: string): CanonicalUnit | undefined {
  if (remembered.has(code)) return remembered.get(code);
  const unit = code.length > LONGEST_UNIT ? undefined : converted(code);
  if (remembered.size >= REMEMBERED_UNITS) remembered.clear();
  remembered.set(code, unit);
  return unit;
}

function converted(code: string): CanonicalUnit | undefined {
  const one = withUnits((units) => units.convertToBaseUnits(code, 1));
  if (one.status !== 'succeeded' || one.magnitude === undefined || one.unitToExp === undefined)
    return undefined;
  const unit = baseUnits(one.unitToExp);
  // Of the units that are no multiple of their base, those of temperature are linear.
  if (one.fromUnitIsSpecial && unit !== 'K') return undefined;
  const zero = one.fromUnitIsSpecial
    ? (withUnits((units) => units.convertToBaseUnits(code, 0)).magnitude ?? 0)
    : 0;
  const factor = one.magnitude - zero;
  return { unit, convert: (value) => rounded(value * factor + zero) };
}

function baseUnits(exponents: Readonly<Record<string, number>>): string {
  const units = Object.entries(exponents).filter(([, exponent]) => exponent !== 0);
  if (units.length === 0) return '1';
  return units
    .map(([unit, exponent]) => (exponent === 1 ? unit : `${unit}${exponent}`))
    .sort()
    .join('.');
}

/** Open ends of ranges stay what they are. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : Math.sign(value) * Number.MAX_VALUE;
}
