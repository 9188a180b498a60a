import { isInsOid } from '../../fhir/ins-oids.ts';
import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../objects.ts';

const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-';

/** The profile of FR Core by type, where every resource of the type has the same. */
const byType: Readonly<Record<string, string>> = {
  Practitioner: 'practitioner',
  PractitionerRole: 'practitioner-role',
  Organization: 'organization',
  Location: 'location',
  Encounter: 'encounter',
  RelatedPerson: 'related-person',
  Appointment: 'appointment',
  Schedule: 'schedule',
  Slot: 'slot',
  HealthcareService: 'healthcare-service',
};

/** The profile of FR Core of a vital sign by its LOINC code. */
const byVitalSign: Readonly<Record<string, string>> = {
  '39156-5': 'observation-bmi',
  '8302-2': 'observation-body-height',
  '8310-5': 'observation-body-temperature',
  '29463-7': 'observation-body-weight',
  '85354-9': 'observation-bp',
  '9843-4': 'observation-head-circum',
  '8867-4': 'observation-heartrate',
  '9279-1': 'observation-resp-rate',
  '2708-6': 'observation-saturation-oxygen',
  '59408-5': 'observation-saturation-oxygen',
};

/**
 * The profiles of FR Core 2.2.0 that a resource is expected to hold to in France: for a Patient with a matricule INS that of
 * a patient with an INS. A DocumentReference has none there.
 */
export function frenchProfiles(resource: Resource): readonly string[] {
  const name = frenchProfile(resource);
  return name === undefined ? [] : [frCore + name];
}

function frenchProfile(resource: Resource): string | undefined {
  const { resourceType, identifier, code } = resource;
  if (resourceType === 'Patient') {
    const hasIns = objectsOf(identifier).some(({ system }) => isInsOid(String(system)));
    return hasIns ? 'patient-ins' : 'patient';
  }
  if (resourceType === 'Observation') {
    const codings = isObject(code) ? objectsOf(code['coding']) : [];
    const sign = codings.find(
      (coding) =>
        coding['system'] === 'http://loinc.org' && Object.hasOwn(byVitalSign, String(coding['code'])),
    );
    return sign && byVitalSign[String(sign['code'])];
  }
  return Object.hasOwn(byType, resourceType) ? byType[resourceType] : undefined;
}

function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
