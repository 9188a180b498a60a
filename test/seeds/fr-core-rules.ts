import type { Encounter, FhirResource, Organization, Patient } from 'fhir/r4.d.ts';
import { birthCogOf, givenNameListOf, reliabilityCodesOf } from './bundles.ts';

const profileBase = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-';

/**
 * What a resource breaks of the FR Core 2.2.0 profile that it claims, in words; none for a conformant one. Covers the
 * constraints of the profiles on Patient, Patient INS, Organization UF, Encounter, and the data types in them.
 */
export function frCoreBreaches(resource: FhirResource): string[] {
  const claims = (resource.meta?.profile ?? []).filter((url) => url.startsWith(profileBase));
  return claims.flatMap((url) => {
    const profile = url.slice(profileBase.length);
    if (resource.resourceType === 'Patient') {
      return [
        ...patientBreaches(resource),
        ...(profile === 'patient-ins' ? patientInsBreaches(resource) : []),
      ];
    }
    if (resource.resourceType === 'Encounter') return encounterBreaches(resource);
    if (resource.resourceType === 'Organization' && profile === 'organization-uf')
      return unitBreaches(resource);
    return [];
  });
}

function listed(rules: Record<string, boolean>): string[] {
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
}

const slices: Record<string, { system: string; use: string }> = {
  'INS-NIR': { system: 'urn:oid:1.2.250.1.213.1.4.8', use: 'official' },
  'INS-NIA': { system: 'urn:oid:1.2.250.1.213.1.4.9', use: 'official' },
  'INS-NIR-TEST': { system: 'urn:oid:1.2.250.1.213.1.4.10', use: 'official' },
};

function patientBreaches(patient: Patient): string[] {
  const identifiers = patient.identifier ?? [];
  const official = (patient.name ?? []).filter(({ use }) => use === 'official');
  const internal = identifiers.filter(({ type }) => type?.coding?.[0]?.code === 'PI');
  return listed({
    'gender is male, female or unknown': ['male', 'female', 'unknown'].includes(patient.gender ?? ''),
    'an official name has a family name and a given name': official.every(
      ({ family, given }) => family !== undefined && (given?.length ?? 0) > 0,
    ),
    'a telecom has a system and a value': (patient.telecom ?? []).every(
      ({ system, value }) => system !== undefined && value !== undefined,
    ),
    'PI has a system, a value, the fixed display and no use official': internal.every(
      ({ use, type, system, value }) =>
        use !== undefined &&
        use !== 'official' &&
        type?.coding?.[0]?.display === 'Patient internal identifier' &&
        system !== undefined &&
        value !== undefined,
    ),
    'one PI is there': internal.length === 1,
  });
}

function patientInsBreaches(patient: Patient): string[] {
  const identifiers = patient.identifier ?? [];
  const official = (patient.name ?? []).filter(({ use }) => use === 'official');
  const officialIdentifiers = identifiers.filter(({ use }) => use === 'official');
  const ins = officialIdentifiers.filter(({ system }) =>
    /^urn:oid:1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)$/.test(system ?? ''),
  );
  const validated = reliabilityCodesOf(patient).includes('VALI');
  const modes = (patient.extension ?? []).flatMap(({ extension = [] }) =>
    extension.flatMap(({ url, valueCoding }) => (url === 'validationMode' ? [valueCoding?.code] : [])),
  );
  return listed({
    'one official name': official.length === 1,
    'exactly one given name in it': official[0]?.given?.length === 1,
    'the list of birth given names begins with it': (givenNameListOf(patient) ?? '').startsWith(
      official[0]?.given?.[0] ?? '?',
    ),
    'birth date': patient.birthDate !== undefined,
    'birth place with a COG code': birthCogOf(patient) !== undefined,
    'fr-core-1': !validated || ins.length > 0,
    'fr-core-2': !validated || officialIdentifiers.length === 1,
    'fr-core-3': !validated || birthCogOf(patient) !== '99999',
    'validationMode PA, CN, AN or LE': modes.every((mode) => ['PA', 'CN', 'AN', 'LE'].includes(mode ?? '')),
    'each identifier fits the slice of its type': identifiers.every(({ type, system, use }) => {
      const slice = slices[type?.coding?.[0]?.code ?? ''];
      return slice === undefined || (slice.system === system && slice.use === use);
    }),
  });
}

function encounterBreaches({ identifier = [], period, class: encounterClass }: Encounter): string[] {
  return listed({
    'an identifier': identifier.length > 0,
    'each identifier has a type, a system and a value': identifier.every(
      ({ type, system, value }) => type !== undefined && system !== undefined && value !== undefined,
    ),
    period: period !== undefined,
    'class with system and code': encounterClass.system !== undefined && encounterClass.code !== undefined,
  });
}

/** fr-core-organization-uf fixes the whole type: a display would break it. */
function unitBreaches({ type }: Organization): string[] {
  const fixed = [
    {
      coding: [
        {
          system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307',
          code: 'UF',
        },
      ],
    },
  ];
  return listed({
    'the fixed type': JSON.stringify(type) === JSON.stringify(fixed),
  });
}
