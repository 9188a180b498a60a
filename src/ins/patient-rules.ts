import type { Patient } from 'fhir/r4.d.ts';
import type { Issue } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceRules } from '../interactions/rules.ts';
import type { StoredVersion } from '../store/contract.ts';
import { identityProblem, identityStatements, readIdentity, statesIdentity } from './identity-extensions.ts';
import { mayTransmitIns } from './identity-status.ts';
import { isIns, isLabelledIns, officialIns, oidOfSystem } from './ins-identifier.ts';
import { matriculeIssues } from './matricule-issues.ts';
import { readSexAndBirthDate } from './patient-traits.ts';

export interface PatientRulesOptions {
  /** Assigning authorities of a matricule that this server takes, without `urn:oid:`. */
  acceptedOids: readonly string[];
  /** Refuse a second active Patient with the same qualified matricule. */
  uniqueMatricule: boolean;
  /** What a key that does not fit means for a write, and a matricule in force that says otherwise than the record. */
  keys: FaultPolicy;
  incoherence: FaultPolicy;
}

type FaultPolicy = 'refuse' | 'accept';

/**
 * What the INS adds to Patient: the form and the key of matricules and their coherence with sex and birth date are
 * checked on write, and the matricule of an identity that is not qualifiée does not leave the server (RNIV EXI ID 29,
 * EXI SI 08).
 */
export function patientRules(options: PatientRulesOptions): ResourceRules {
  const { uniqueMatricule } = options;
  return {
    complete: (incoming, replaced) =>
      mayHoldInsToKeep(replaced) ? withKeptIns(incoming, parseJson(replaced.body) as Patient) : incoming,
    check: (resource) => [...insIssues(patientOf(resource), options), ...identityIssues(patientOf(resource))],
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
  return statesIdentity(patient) && !mayTransmitIns(readIdentity(patient));
}

function withoutIns(patient: Patient): Patient {
  const { identifier = [], ...rest } = patient;
  const kept = identifier.filter((each) => !isIns(each));
  return kept.length === 0 ? rest : { ...rest, identifier: kept };
}

/** Tells without parsing a body, of which most hold neither a hidden nor a former matricule. */
function mayHoldInsToKeep({ restricted, body }: StoredVersion): boolean {
  return restricted || body.includes('"use":"old"');
}

/**
 * What an update does not take away. A former matricule stays (RNIV EXI REC 08). A caller who reads a Patient
 * without its INS and writes it back did not mean to remove it: what was hidden stays, unless the caller sends an
 * INS; and it stays hidden, unless the caller states another status.
 */
function withKeptIns(incoming: Resource, before: Patient): Resource {
  const { identifier: sent = [], extension = [] } = incoming;
  // What is no list is left for the validator to refuse.
  if (!Array.isArray(sent) || !Array.isArray(extension)) return incoming;
  const hidden = hidesIns(before);
  const replaced = sent.some((each) => looksLikeIns(each) && each.use !== 'old');
  const kept = (before.identifier ?? []).filter(
    (each) =>
      isIns(each) &&
      (each.use === 'old' || (hidden && !replaced)) &&
      !sent.some((other) => other?.system === each.system && other?.value === each.value),
  );
  if (kept.length === 0) return incoming;
  const statements = hidden && !statesIdentity(patientOf(incoming)) ? identityStatements(before) : [];
  return {
    ...incoming,
    // What was sent keeps its place, by which issues tell it.
    identifier: [...sent, ...kept],
    ...(statements.length === 0 ? {} : { extension: [...extension, ...statements] }),
  };
}

function looksLikeIns(identifier: unknown): boolean {
  const system = (identifier as { system?: unknown } | null)?.system;
  return typeof system === 'string' && isIns({ system });
}

function identityIssues(patient: Patient): Issue[] {
  const diagnostics = identityProblem(patient);
  if (diagnostics === undefined) return [];
  return [{ severity: 'error', code: 'business-rule', diagnostics, expression: 'Patient.extension' }];
}

function insIssues(patient: Patient, { acceptedOids, keys, incoherence }: PatientRulesOptions): Issue[] {
  return (patient.identifier ?? []).flatMap((identifier, index): Issue[] => {
    if (!isIns(identifier) && !isLabelledIns(identifier)) return [];
    const { system = '', use, value } = identifier;
    const expression = `Patient.identifier[${index}]`;
    if (!acceptedOids.includes(oidOfSystem(system) ?? '')) {
      const diagnostics = 'This server takes no matricule of this assigning authority';
      return [{ severity: 'error', code: 'business-rule', diagnostics, expression: `${expression}.system` }];
    }
    if (value === undefined) return [];
    // The codes of places have changed too often to tell of errors.
    const facts = readSexAndBirthDate(patient);
    const { problem, remarks } = matriculeIssues(value, facts, `${expression}.value`);
    // INSi is the reference: what it gave is kept even with a key that does not fit.
    const severityBy = (policy: FaultPolicy) =>
      policy === 'refuse' && readIdentity(patient).methodCollection !== 'INSI' ? 'error' : 'warning';
    if (problem !== undefined) {
      const { kind, diagnostics } = problem;
      const issue = { code: 'value', diagnostics, expression: `${expression}.value` } as const;
      return kind === 'key'
        ? [{ ...issue, severity: severityBy(keys), mayBeTolerated: true }]
        : [{ ...issue, severity: severityBy('refuse') }];
    }
    // A former matricule may be of another sex.
    return remarks
      .filter(({ issue }) => use !== 'old' && issue.severity === 'warning')
      .map(({ issue }) => ({ ...issue, severity: severityBy(incoherence), mayBeTolerated: true }));
  });
}

function qualifiedMatricule(patient: Patient): string[] {
  const official = officialIns(patient)?.identifier;
  if (official?.value === undefined || patient.active === false || !mayTransmitIns(readIdentity(patient)))
    return [];
  // NIA or NIR, of any authority: the same number is the same person.
  return [`ins ${official.value.slice(0, 13)}`];
}

function patientOf(resource: Resource): Patient {
  return resource as unknown as Patient;
}
