import { latitudeParameter, longitudeParameter } from '../../search/derived-parameters.ts';
import type { NearExpression, RangeTest } from '../../search/expression.ts';
import type { RangeField } from './documents.ts';
import { rangeName } from './index-keys.ts';

/** The mean radius of the earth, in metres. */
const earthRadius = 6_371_008.8;

/** All latitudes (degrees) that are near enough (metres), whatever the longitude. */
export function latitudesNear(latitude: number, distance: number): RangeTest[] {
  const degrees = (distance / earthRadius) * (180 / Math.PI) + 1e-9;
  return [
    { bound: 'low', operator: '>=', value: latitude - degrees },
    { bound: 'low', operator: '<=', value: latitude + degrees },
  ];
}

/** Whether the position among the ranges of a resource is near, by the haversine formula. */
export function isNear(ranges: readonly RangeField[], sought: NearExpression): boolean {
  const degreesOf = (parameter: string) =>
    ranges.find(({ p }) => p === rangeName('number', parameter))?.low ?? Number.NaN;
  const latitude = radians(degreesOf(latitudeParameter(sought.parameter)));
  const longitude = radians(degreesOf(longitudeParameter(sought.parameter)));
  const from = radians(sought.latitude);
  const haversine =
    Math.sin((latitude - from) / 2) ** 2 +
    Math.cos(from) * Math.cos(latitude) * Math.sin((longitude - radians(sought.longitude)) / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(haversine))) <= sought.distance;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
