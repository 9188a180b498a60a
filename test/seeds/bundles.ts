import type { Bundle, FhirResource, Identifier, Patient } from 'fhir/r4.d.ts';

/** The resources of a bundle, in its order. */
export function resourcesOf(bundle: Bundle): FhirResource[] {
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource === undefined ? [] : [resource as FhirResource],
  );
}

/** The patients of some resources. */
export function patientsOf(resources: readonly FhirResource[]): Patient[] {
  return resources.filter((resource): resource is Patient => resource.resourceType === 'Patient');
}

/** Every value of `reference` in a resource, at any depth. */
export function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'reference' && typeof child === 'string' ? [child] : referencesIn(child),
  );
}

/** Identifiers whose OID is that of a matricule: NIR, NIA, test or demo. */
export function matriculesOf(patient: Patient): Identifier[] {
  return (patient.identifier ?? []).filter(({ system }) =>
    /^urn:oid:1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)$/.test(system ?? ''),
  );
}

/** Identity status in the four values of the RNIV. */
export function statusOf(patient: Patient): string | undefined {
  return patient.extension?.find(
    ({ url }) => url === 'https://passerelle.fr/fhir/StructureDefinition/identity-status',
  )?.valueCode;
}

/** Codes of every fr-core-identity-reliability, in order: the status of FR Core, then the attributes. */
export function reliabilityCodesOf(patient: Patient): (string | undefined)[] {
  const url = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability';
  return (patient.extension ?? [])
    .filter((extension) => extension.url === url)
    .map(({ extension }) => extension?.find((part) => part.url === 'identityStatus')?.valueCoding?.code);
}

/** COG of the birth place. */
export function birthCogOf(patient: Patient): string | undefined {
  return patient.extension
    ?.find(({ url }) => url === 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace')
    ?.valueAddress?.extension?.find(
      ({ url }) => url === 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code',
    )?.valueCoding?.code;
}

/** Whole list of birth given names of the official name. */
export function givenNameListOf(patient: Patient): string | undefined {
  return patient.name?.find(({ use }) => use === 'official')?.extension?.[0]?.valueString;
}
