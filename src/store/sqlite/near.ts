import { latitudeParameter, longitudeParameter } from '../../search/derived-parameters.ts';
import type { NearExpression } from '../../search/expression.ts';
import type { Dictionary } from './dictionary.ts';
import { type Sql, sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';

/** The mean radius of the earth, in metres. */
const earthRadius = 6_371_008.8;

/** The condition that the position of a resource is near, by the haversine formula. */
export function nearTest(
  dictionary: Dictionary,
  { scope }: SearchedType,
  resource: string,
  { parameter, latitude, longitude, distance }: NearExpression,
): Sql {
  const half = 'pow(sin(radians(%) / 2), 2)';
  const north = half.replace('%', 'n.low - ?');
  const east = `cos(radians(?)) * cos(radians(n.low)) * ${half.replace('%', 'e.low - ?')}`;
  return sql(
    `EXISTS (SELECT 1 FROM number_value n INDEXED BY number_by_resource
       CROSS JOIN number_value e INDEXED BY number_by_resource ON e.rid = n.rid AND e.p = ?
       WHERE n.rid = ${resource}.rid AND n.p = ?
         AND 2 * ${earthRadius} * asin(min(1, sqrt(${north} + ${east}))) <= ?)`,
    dictionary.parameter(scope, longitudeParameter(parameter)),
    dictionary.parameter(scope, latitudeParameter(parameter)),
    latitude,
    latitude,
    longitude,
    distance,
  );
}

/** Rows [rid] of all resources on the latitudes that are near enough. */
export function nearProbe(
  dictionary: Dictionary,
  { scope }: SearchedType,
  { parameter, latitude, distance }: NearExpression,
): Sql {
  const degrees = (distance / earthRadius) * (180 / Math.PI) + 1e-9;
  return sql(
    'SELECT v.rid FROM number_value v WHERE v.p = ? AND v.low >= ? AND v.low <= ?',
    dictionary.parameter(scope, latitudeParameter(parameter)),
    latitude - degrees,
    latitude + degrees,
  );
}
