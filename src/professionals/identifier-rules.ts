import type { Identifier, Organization, Practitioner, PractitionerRole } from 'fhir/r4.d.ts';
import type { Issue } from '../fhir/error.ts';
import type { ResourceRules } from '../interactions/rules.ts';
import type { IdentifierProblem } from './identifier-problem.ts';
import { identifierSystems as systems } from './identifier-systems.ts';
import {
  adeliProblem,
  nationalIdentifierProblem,
  rppsOfNationalIdentifier,
  rppsProblem,
} from './person-identifiers.ts';
import {
  finessProblem,
  nationalStructureProblem,
  rppsRankProblem,
  sirenProblem,
  siretProblem,
} from './structure-identifiers.ts';

/** What a control key that does not fit means for a write; a wrong form always refuses it. */
export type KeyPolicy = 'refuse' | 'accept';

/**
 * What the French registers add to Practitioner, PractitionerRole and Organization on write: identifiers in their
 * systems have the form of their kind, and one active Practitioner of a tenant alone holds an RPPS.
 */
export function identifierRules(keys: KeyPolicy): ReadonlyMap<string, ResourceRules> {
  return new Map<string, ResourceRules>([
    [
      'Practitioner',
      {
        check: (resource) =>
          identifierIssues((resource as unknown as Practitioner).identifier, 'Practitioner', keys),
        identityKeys: (resource) => registerKeys(resource as unknown as Practitioner),
      },
    ],
    ['PractitionerRole', { check: (resource) => linkIssues(resource as unknown as PractitionerRole, keys) }],
    [
      'Organization',
      {
        check: (resource) =>
          identifierIssues((resource as unknown as Organization).identifier, 'Organization', keys),
      },
    ],
  ]);
}

function identifierIssues(identifiers: Identifier[] | undefined, type: string, keys: KeyPolicy): Issue[] {
  return (identifiers ?? []).flatMap((identifier, index) =>
    issuesOf(identifier, `${type}.identifier[${index}]`, keys),
  );
}

/**
 * The professional and the structure of a PractitionerRole may be named by identifiers. Its own are not looked at:
 * those of the practice situation share the system of the RPPS.
 */
function linkIssues({ practitioner, organization }: PractitionerRole, keys: KeyPolicy): Issue[] {
  return [
    ...issuesOf(practitioner?.identifier, 'PractitionerRole.practitioner.identifier', keys),
    ...issuesOf(organization?.identifier, 'PractitionerRole.organization.identifier', keys),
  ];
}

function issuesOf(identifier: Identifier | undefined, expression: string, keys: KeyPolicy): Issue[] {
  if (identifier?.value === undefined) return [];
  const problem = problemOf(identifier, identifier.value);
  if (problem === undefined) return [];
  const isHistory = identifier.system === systems.adeli;
  const isKey = problem.kind === 'key';
  return [
    {
      severity: isHistory || (isKey && keys === 'accept') ? 'warning' : 'error',
      code: 'value',
      diagnostics: problem.diagnostics,
      expression: `${expression}.value`,
      ...(isKey ? { mayBeTolerated: true } : {}),
    },
  ];
}

function problemOf(identifier: Identifier, value: string): IdentifierProblem | undefined {
  switch (identifier.system) {
    case systems.rpps:
      return rppsProblem(value);
    case systems.adeli:
      return adeliProblem(value);
    case systems.nationalIdentifier:
      return nationalIdentifierProblem(value);
    case systems.nationalStructure:
      return nationalStructureProblem(value);
    case systems.finess:
      return finessProblem(value);
    case systems.rppsRank:
      return rppsRankProblem(value);
    case systems.sirene:
      // One system for two kinds, told apart by the type or else by the length.
      return hasType(identifier, 'SIRET') || (value.length > 9 && !hasType(identifier, 'SIREN'))
        ? siretProblem(value)
        : sirenProblem(value);
    default:
      return undefined;
  }
}

function hasType({ type }: Identifier, code: string): boolean {
  return type?.coding?.some((coding) => coding.system === systems.types && coding.code === code) ?? false;
}

/** Former identifiers name nobody any more. A national identifier of the kind 8 is the RPPS in it. */
function registerKeys({ active, identifier = [] }: Practitioner): string[] {
  if (active === false) return [];
  const keys = identifier.flatMap(({ system, use, value }) => {
    if (value === undefined || use === 'old') return [];
    if (system === systems.rpps) return [`rpps ${value}`];
    if (system === systems.proSanteIdentite) return [`psi ${value}`];
    if (system !== systems.nationalIdentifier) return [];
    const rpps = rppsOfNationalIdentifier(value);
    return [rpps === undefined ? `idnps ${value}` : `rpps ${rpps}`];
  });
  return [...new Set(keys)];
}
