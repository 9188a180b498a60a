import type { Expression } from '../expression.ts';
import { canonicalUnit } from '../ucum.ts';
import { malformedValue, type ValueParser } from './context.ts';

const EXPECTED =
  'latitude|longitude, or latitude|longitude|distance|unit with a UCUM unit of length (km by default)';

/** The distance of a search that gives none, in metres. */
const DEFAULT_DISTANCE = 10_000;

/** Positions within a distance (location.html#search). */
export const parseNearValue: ValueParser = ({ code }, value, { name }): Expression => {
  const [, , , unit = 'km', ...rest] = value.split('|');
  const numbers = value.split('|').slice(0, 3).map(decimal);
  const [latitude = Number.NaN, longitude = Number.NaN, distance] = numbers;
  const metres = distance === undefined ? DEFAULT_DISTANCE : inMetres(distance, unit === '' ? 'km' : unit);
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (!isPlace || metres === undefined || !(metres >= 0) || rest.length > 0) {
    throw malformedValue(name, EXPECTED);
  }
  return { kind: 'near', parameter: code, latitude, longitude, distance: metres };
};

function inMetres(distance: number, code: string): number | undefined {
  const unit = canonicalUnit(code);
  return unit?.unit === 'm' ? unit.convert(distance) : undefined;
}

function decimal(text: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
}
