import type { Identifier } from 'fhir/r4.d.ts';
import { identifierSystems as systems } from '../identifier-systems.ts';
import { adeliProblem, nationalIdentifierProblem } from '../person-identifiers.ts';
import { finessProblem, nationalStructureProblem, siretProblem } from '../structure-identifiers.ts';
import type { Activity, Professional } from './professional.ts';

/**
 * The identifiers of a professional, those that name them best first. A control key is not looked at, and what has
 * the form of no register, as the UUIDs of Pro Santé Identité, goes under a system of this project.
 */
export function personIdentifiers({ rpps, nationalId, identifiers }: Professional): Identifier[] {
  const named: Identifier[] = [];
  if (rpps !== undefined) {
    named.push(
      official('RPPS', systems.rpps, rpps),
      official('IDNPS', systems.nationalIdentifier, `8${rpps}`),
    );
  }
  const values = [
    ...(nationalId === undefined ? [] : [{ value: nationalId, origin: 'national' }]),
    ...identifiers,
  ];
  for (const { value, origin } of values) named.push(personIdentifier(value, origin));
  return distinct(named);
}

function personIdentifier(value: string, origin: string): Identifier {
  if (origin === 'ADELI' && adeliProblem(value.replace(/^0(?=.{9}$)/, '')) === undefined) {
    return {
      use: 'old',
      type: type('ADELI'),
      system: systems.adeli,
      value: value.replace(/^0(?=.{9}$)/, ''),
    };
  }
  if (origin === 'RPPS' && /^\d{11}$/.test(value)) return official('RPPS', systems.rpps, value);
  return nationalIdentifierProblem(value)?.kind === 'form'
    ? { system: systems.proSanteIdentite, value }
    : official('IDNPS', systems.nationalIdentifier, value);
}

/** The identifiers of the structure of an activity, those that name it best first. */
export function structureIdentifiers({
  finess,
  siret,
  nationalStructureId,
  technicalId,
}: Activity): Identifier[] {
  const found: Identifier[] = [];
  if (finess !== undefined && finessProblem(finess)?.kind !== 'form') {
    found.push({ type: type('FINEG'), system: systems.finess, value: finess });
  }
  if (siret !== undefined && siretProblem(siret)?.kind !== 'form') {
    found.push({ type: type('SIRET'), system: systems.sirene, value: siret });
  }
  if (nationalStructureId !== undefined && nationalStructureProblem(nationalStructureId)?.kind !== 'form') {
    found.push(official('IDNST', systems.nationalStructure, nationalStructureId));
  }
  if (technicalId !== undefined) found.push({ system: systems.technicalStructure, value: technicalId });
  return found;
}

/**
 * The structure that `SubjectOrganizationID` names, as an activity would: F and a FINESS, C and a SIRET, or a
 * technical identifier.
 */
export function structureOf({
  identifier,
  name,
  sector,
}: NonNullable<Professional['organization']>): Activity {
  const rest = identifier?.slice(1);
  return {
    ...(identifier?.startsWith('F') ? { finess: rest! } : {}),
    ...(identifier?.startsWith('C') ? { siret: rest! } : {}),
    ...(identifier === undefined ? {} : { technicalId: identifier }),
    ...(name === undefined ? {} : { organizationName: name }),
    ...(sector === undefined ? {} : { sector }),
  };
}

/** True when both name the same by the same system. */
export function isSameIdentifier(one: Identifier, other: Identifier): boolean {
  return one.system === other.system && one.value === other.value;
}

function distinct(identifiers: readonly Identifier[]): Identifier[] {
  return identifiers.filter(
    (each, index) => identifiers.findIndex((other) => isSameIdentifier(each, other)) === index,
  );
}

function official(code: string, system: string, value: string): Identifier {
  return { use: 'official', type: type(code), system, value };
}

function type(code: string): NonNullable<Identifier['type']> {
  return { coding: [{ system: systems.types, code }] };
}
