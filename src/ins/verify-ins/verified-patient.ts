import type { Extension, Identifier, Patient } from 'fhir/r4.d.ts';
import { dateRange } from '../../fhir/date.ts';
import { extensionUrls, profiles } from '../fr-core.ts';
import { type IdentityRecord, writeIdentity } from '../identity-extensions.ts';
import { type IdentityPolicy, nextVerificationDate } from '../identity-policy.ts';
import {
  type InsTypeCode,
  insIdentifier,
  insOids,
  insTypeOf,
  isIns,
  systemOfOid,
} from '../ins-identifier.ts';
import type { InsiIdentity, RegisteredIns } from '../insi/port.ts';

/**
 * The Patient after a verified check: the matricule in force with those before it as history, the status with its
 * facts, the given names as INSi lists them, and the day from which a new check is due.
 */
export function verifiedPatient(
  patient: Patient,
  decided: IdentityRecord,
  identity: InsiIdentity | undefined,
  checkedOn: string,
  policy: IdentityPolicy,
): Patient {
  const due: Extension = {
    url: extensionUrls.insCheckDue,
    valueDate: nextVerificationDate(checkedOn, policy),
  };
  const withStatus = writeIdentity(patient, decided, policy);
  const extension = [
    ...(withStatus.extension ?? []).filter(({ url }) => url !== extensionUrls.insCheckDue),
    due,
  ];
  const verified: Patient = { ...withStatus, extension };
  if (decided.status === 'QUAL' && patient.meta?.profile !== undefined) {
    const profile = patient.meta.profile.map((url) => (url === profiles.patient ? profiles.patientIns : url));
    verified.meta = { ...patient.meta, profile };
  }
  if (identity === undefined) return verified;
  verified.identifier = identifiersOf(patient.identifier ?? [], identity);
  if (patient.name !== undefined)
    verified.name = patient.name.map((name) => withReferenceList(name, identity));
  return verified;
}

/** The matricule that INSi gives, as an identifier in force. */
export function activeIdentifier({ active }: InsiIdentity): Identifier {
  const type = insTypeOf(active.oid) ?? 'INS-NIR';
  return insIdentifier(matriculeText(active), type, 'official', periodOf(active));
}

/** The former matricules that INSi gives, the one in force left out. */
export function formerIdentifiers({ active, history }: InsiIdentity): Identifier[] {
  return history.filter(({ number }) => number !== active.number).map(formerIdentifier);
}

function identifiersOf(recorded: readonly Identifier[], identity: InsiIdentity): Identifier[] {
  const given = activeIdentifier(identity);
  const former = formerIdentifiers(identity);
  const known = new Set([given, ...former].map(({ value }) => value));
  const kept = recorded.filter((identifier) => !isIns(identifier) || !known.has(identifier.value));
  // The record keeps the OID that it has for this matricule: one nature may be written by several.
  const current = recorded.find((identifier) => isIns(identifier) && identifier.value === given.value);
  const active = current === undefined ? given : { ...current, use: 'official' as const };
  return [active, ...former, ...kept.map(retired)];
}

/** An INS that INSi does not name is no longer in force, and stays as history. */
function retired(identifier: Identifier): Identifier {
  return isIns(identifier) ? { ...identifier, use: 'old' } : identifier;
}

function formerIdentifier(ins: RegisteredIns): Identifier {
  const type: InsTypeCode = insTypeOf(ins.oid) ?? 'INS-NIR';
  if (type === 'INS-NIR' || type === 'INS-NIA')
    return insIdentifier(matriculeText(ins), type, 'old', periodOf(ins));
  // FR Core 2.2.0 fixes use official for the types of test and demonstration: a former one has no coded type.
  return {
    use: 'old',
    type: { text: 'Ancien matricule INS' },
    system: systemOfOid(insOids[type]),
    value: matriculeText(ins),
    ...withPeriod(periodOf(ins)),
  };
}

function matriculeText({ number, key }: RegisteredIns): string {
  return number + key;
}

/** The dates of INSi that are days of the calendar; which of them comes first is not for us to say. */
function periodOf({ start = '', end = '' }: RegisteredIns): { start?: string; end?: string } {
  return { ...(dateRange(start) ? { start } : {}), ...(dateRange(end) ? { end } : {}) };
}

function withPeriod(period: { start?: string; end?: string }): Pick<Identifier, 'period'> {
  return period.start === undefined && period.end === undefined ? {} : { period };
}

type HumanName = NonNullable<Patient['name']>[number];

/** The official name with the list of given names of INSi: what differs from it are separators alone. */
function withReferenceList(name: HumanName, { traits }: InsiIdentity): HumanName {
  if (name.use !== 'official' || traits.givenNames === undefined) return name;
  const others = (name.extension ?? []).filter(({ url }) => url !== extensionUrls.birthListGivenName);
  const list: Extension = { url: extensionUrls.birthListGivenName, valueString: traits.givenNames };
  return { ...name, extension: [list, ...others] };
}
