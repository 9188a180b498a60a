import type { Extension, Identifier, Patient } from 'fhir/r4.d.ts';
import { dateRange } from '../../fhir/date.ts';
import { insTypeOf } from '../../fhir/ins-oids.ts';
import { extensionUrls, profiles } from '../fr-core.ts';
import { writeIdentity } from '../identity-extensions.ts';
import type { IdentityPolicy } from '../identity-policy.ts';
import { insIdentifier, isIns, natureOf } from '../ins-identifier.ts';
import type { InsiIdentity, RegisteredIns } from '../insi/port.ts';
import type { Check } from './check.ts';

/**
 * The Patient after a verified check: the matricule in force with those before it as history, the status with its
 * facts, the given names as INSi lists them, and the day from which a new check is due.
 */
export function verifiedPatient(
  patient: Patient,
  { decided, due, identity }: Check & { kind: 'answered' },
  policy: IdentityPolicy,
): Patient {
  const withStatus = writeIdentity(patient, decided, policy);
  const others = (withStatus.extension ?? []).filter(({ url }) => url !== extensionUrls.insCheckDue);
  const nextCheck = due === undefined ? [] : [{ url: extensionUrls.insCheckDue, valueDate: due }];
  const verified: Patient = { ...withStatus, extension: [...others, ...nextCheck] };
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
  return insIdentifier(
    matriculeText(active),
    insTypeOf(active.oid) ?? 'INS-NIR',
    'official',
    periodOf(active),
  );
}

/** The former matricules that INSi gives, where it does not repeat the one in force. */
export function formerIdentifiers({ active, history }: InsiIdentity): Identifier[] {
  return history
    .filter(({ number, oid }) => number !== active.number || natureOf(oid) !== natureOf(active.oid))
    .map((ins) =>
      former(insIdentifier(matriculeText(ins), insTypeOf(ins.oid) ?? 'INS-NIR', 'old', periodOf(ins))),
    );
}

/** The identifiers with the INS as INSi tells it; no matricule on record is lost (RNIV EXI REC 08). */
function identifiersOf(recorded: readonly Identifier[], identity: InsiIdentity): Identifier[] {
  const given = activeIdentifier(identity);
  const history = formerIdentifiers(identity);
  // The record keeps the OID that it has for this matricule: one nature may be written by several.
  const current = recorded.find((each) => isIns(each) && each.use !== 'old' && isSameIns(each, given));
  const active = current === undefined ? given : { ...current, use: 'official' as const, value: given.value };
  const others = recorded.filter((each) => !isIns(each));
  const earlier = recorded
    .filter((each) => isIns(each) && !isSameIns(each, given))
    .map((each) => (each.use === 'old' ? each : former(each)))
    .filter((each) => !history.some((told) => isSameIns(told, each) && isSamePeriod(told, each)));
  return [active, ...history, ...earlier, ...others];
}

/** A matricule that is no longer in force. */
function former(identifier: Identifier): Identifier {
  const type = insTypeOf(identifier.system ?? '');
  // FR Core 2.2.0 fixes use official for the types of test and demonstration: a former one has no coded type.
  const isTest = type === 'INS-NIR-TEST' || type === 'INS-NIR-DEMO';
  return { ...identifier, use: 'old', ...(isTest ? { type: { text: 'Ancien matricule INS' } } : {}) };
}

/** The same 13 characters of the same nature: the key follows from them, and INSi may give another. */
function isSameIns(one: Identifier, other: Identifier): boolean {
  return (
    one.value?.slice(0, 13) === other.value?.slice(0, 13) &&
    natureOf(one.system ?? '') === natureOf(other.system ?? '')
  );
}

function isSamePeriod({ period: one }: Identifier, { period: other }: Identifier): boolean {
  return one?.start === other?.start && one?.end === other?.end;
}

function matriculeText({ number, key }: RegisteredIns): string {
  return number + key;
}

/**
 * The dates of INSi that are days of the calendar. INSi may tell an end before the start, which is no period of FHIR
 * (per-1): then the end alone.
 */
function periodOf({ start = '', end = '' }: RegisteredIns): { start?: string; end?: string } {
  const hasEnd = dateRange(end) !== undefined;
  const hasStart = dateRange(start) !== undefined && !(hasEnd && start > end);
  return { ...(hasStart ? { start } : {}), ...(hasEnd ? { end } : {}) };
}

type HumanName = NonNullable<Patient['name']>[number];

/** The official name with the list of given names of INSi: what differs from it are separators alone. */
function withReferenceList(name: HumanName, { traits }: InsiIdentity): HumanName {
  if (name.use !== 'official' || traits.givenNames === undefined) return name;
  const others = (name.extension ?? []).filter(({ url }) => url !== extensionUrls.birthListGivenName);
  const list: Extension = { url: extensionUrls.birthListGivenName, valueString: traits.givenNames };
  return { ...name, extension: [list, ...others] };
}
