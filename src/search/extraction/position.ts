import type { LocationPosition } from 'fhir/r4.d.ts';
import { decimalValue } from '../../fhir/decimal.ts';
import type { Visit } from '../../fhir/fhirpath/branch.ts';
import { latitudeParameter, longitudeParameter } from '../derived-parameters.ts';
import type { ExtractionFrame } from './writer.ts';

/** Writes the coordinates of a position, in degrees. */
export function positionVisitor(code: string): Visit<ExtractionFrame> {
  return (value, { values }) => {
    const { latitude, longitude } = value as LocationPosition;
    const [north, east] = [decimalValue(latitude), decimalValue(longitude)];
    if (north === undefined || east === undefined) return;
    values.number.push({ parameter: latitudeParameter(code), low: north, high: north });
    values.number.push({ parameter: longitudeParameter(code), low: east, high: east });
  };
}
