import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../objects.ts';
import { canonicalOf } from './definition-library.ts';

/** The profile of R4 by LOINC code (observation-vitalsigns.html#vitals-table). */
const profiles: Readonly<Record<string, string>> = {
  '85353-1': 'vitalspanel',
  '9279-1': 'resprate',
  '8867-4': 'heartrate',
  '2708-6': 'oxygensat',
  '59408-5': 'oxygensat',
  '8310-5': 'bodytemp',
  '8302-2': 'bodyheight',
  '9843-4': 'headcircum',
  '29463-7': 'bodyweight',
  '39156-5': 'bmi',
  '85354-9': 'bp',
};

/**
 * The profile that R4 makes mandatory for a vital sign, by the code of the observation
 * (observation-vitalsigns.html#scope); undefined for what is none.
 */
export function vitalSignProfile(resource: Resource): string | undefined {
  if (resource.resourceType !== 'Observation') return undefined;
  const { code } = resource;
  const codings = isObject(code) && Array.isArray(code['coding']) ? (code['coding'] as unknown[]) : [];
  for (const coding of codings) {
    if (!isObject(coding) || coding['system'] !== 'http://loinc.org') continue;
    const key = String(coding['code']);
    if (Object.hasOwn(profiles, key)) return canonicalOf(String(profiles[key]));
  }
  return undefined;
}
