import type { Patient } from 'fhir/r4.d.ts';
import type { Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceRules } from '../interactions/rules.ts';
import { extensionUrls } from './fr-core.ts';
import { readIdentity } from './identity-extensions.ts';
import { mayTransmitIns } from './identity-status.ts';
import { isIns, officialIns, oidOfSystem } from './ins-identifier.ts';
import { matriculeRefusal, readMatricule } from './matricule.ts';

export interface PatientRulesOptions {
  /** Assigning authorities of a matricule that this server takes, without `urn:oid:`. */
  acceptedOids: readonly string[];
  /** Refuse a second active Patient with the same qualified matricule. */
  uniqueMatricule: boolean;
}

/**
 * What the INS adds to Patient: the form and the key of matricules are checked on write, and the matricule of an
 * identity that is not qualifiée does not leave the server (RNIV EXI ID 29, EXI SI 08).
 */
export function patientRules({ acceptedOids, uniqueMatricule }: PatientRulesOptions): ResourceRules {
  return {
    complete: (incoming, current) => withHiddenIns(incoming, current),
    check: (resource) => matriculeIssues(patientOf(resource), acceptedOids),
    identityKeys: (resource) => (uniqueMatricule ? qualifiedMatricule(patientOf(resource)) : []),
    restricted: (resource) => hidesIns(patientOf(resource)),
    redact: (resource) => withoutIns(patientOf(resource)) as unknown as Resource,
  };
}

/**
 * True when a Patient carries an INS and says that its identity is not qualifiée. Without a statement the INS
 * counts as sent by the rules: FR Core lets flows that are qualified by definition leave the status out.
 */
function hidesIns(patient: Patient): boolean {
  if (!patient.identifier?.some(isIns)) return false;
  const stated = patient.extension?.some(
    ({ url }) => url === extensionUrls.identityStatus || url === extensionUrls.identityReliability,
  );
  return stated === true && !mayTransmitIns(readIdentity(patient));
}

function withoutIns(patient: Patient): Patient {
  const { identifier = [], ...rest } = patient;
  const kept = identifier.filter((each) => !isIns(each));
  return kept.length === 0 ? rest : { ...rest, identifier: kept };
}

/**
 * A caller who reads a Patient without its INS and writes it back did not mean to remove it: what was hidden stays,
 * unless the caller sends an INS.
 */
function withHiddenIns(incoming: Resource, current: Resource | undefined): Resource {
  const before = current && patientOf(current);
  if (before === undefined || !hidesIns(before)) return incoming;
  const identifiers = incoming['identifier'];
  const sent = Array.isArray(identifiers) ? (identifiers as unknown[]) : [];
  if ((identifiers !== undefined && !Array.isArray(identifiers)) || sent.some(looksLikeIns)) return incoming;
  return { ...incoming, identifier: [...(before.identifier ?? []).filter(isIns), ...sent] };
}

function looksLikeIns(identifier: unknown): boolean {
  const system = (identifier as { system?: unknown } | null)?.system;
  return typeof system === 'string' && isIns({ system });
}

function matriculeIssues(patient: Patient, acceptedOids: readonly string[]): Issue[] {
  // INSi is the reference: a matricule that it gave is kept even with a key that does not fit.
  const severity =
    readIdentity(patient).methodCollection === 'INSI' ? ('warning' as const) : ('error' as const);
  return (patient.identifier ?? []).flatMap((identifier, index): Issue[] => {
    if (!isIns(identifier)) return [];
    const expression = `Patient.identifier[${index}]`;
    if (!acceptedOids.includes(oidOfSystem(identifier.system ?? '') ?? '')) {
      const diagnostics = 'This server takes no matricule of this assigning authority';
      return [{ severity: 'error', code: 'business-rule', diagnostics, expression: `${expression}.system` }];
    }
    const diagnostics = matriculeProblem(identifier.value);
    return diagnostics === undefined
      ? []
      : [{ severity, code: 'value', diagnostics, expression: `${expression}.value` }];
  });
}

function matriculeProblem(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const reading = readMatricule(value);
  if (reading.outcome !== 'valid') return matriculeRefusal(reading);
  return reading.keyGiven ? undefined : 'A matricule INS is written with its key: 15 characters';
}

function qualifiedMatricule(patient: Patient): string[] {
  const official = officialIns(patient)?.identifier;
  if (official?.value === undefined || patient.active === false || !mayTransmitIns(readIdentity(patient)))
    return [];
  return [`ins ${official.system} ${official.value}`];
}

function patientOf(resource: Resource): Patient {
  return resource as unknown as Patient;
}
