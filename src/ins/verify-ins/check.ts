import type { Patient } from 'fhir/r4.d.ts';
import { FhirError } from '../../fhir/error.ts';
import type { TraitDifference } from '../comparison.ts';
import { type IdentityRecord, readIdentity } from '../identity-extensions.ts';
import { type IdentityPolicy, nextVerificationDate } from '../identity-policy.ts';
import { type IdentityEvent, isBlocked, type Transition, transition } from '../identity-status.ts';
import { natureOf, officialIns, oidOfSystem } from '../ins-identifier.ts';
import type { GivenIns, InsiFailure, InsiIdentity, InsiPort, InsiTrace } from '../insi/port.ts';
import { judge } from '../insi/verification.ts';
import { matriculeRefusal, readMatricule } from '../matricule.ts';
import { readTraits } from '../patient-traits.ts';
import type { StrictTraits } from '../traits.ts';
import type { VerifyInsInput } from './input.ts';
import { type AnswerCode, refusal } from './outcome.ts';

/** What came of asking INSi about one person. */
export type Check = { previous: IdentityRecord; traits: StrictTraits; trace: InsiTrace } & (
  | {
      kind: 'answered';
      outcome: AnswerCode;
      /** The identity after the decision, as `apply` writes it. */
      decided: IdentityRecord;
      /** The day from which a new check is due, `YYYY-MM-DD`; present when verified. */
      due?: string;
      /** Present where INSi found one person and gave its data. */
      identity?: InsiIdentity;
      differences: readonly TraitDifference[];
      /** The SOAP answer as received: identity data. */
      rawAnswer: string;
    }
  | { kind: 'failed'; failure: InsiFailure }
);

/** What INSi is to be asked about a Patient, and what its yes would decide; equal ones are the same question. */
export interface Question {
  traits: StrictTraits;
  /** The INS that is claimed; without it INSi is asked by the traits alone. */
  ins?: GivenIns;
  previous: IdentityRecord;
  /** The identity that a confirmation by INSi makes. */
  confirmed: IdentityRecord;
}

/**
 * Checks a Patient locally, before INSi is called.
 * @throws FhirError 422 on a blocked identity, a missing trait, a malformed matricule or evidence that does not do
 */
export function questionOf(patient: Patient, input: VerifyInsInput, policy: IdentityPolicy): Question {
  const previous = readIdentity(patient);
  if (isBlocked(previous)) {
    throw refusal(
      'blocked',
      'INSi is not asked about an identity that is douteuse or fictive',
      'Patient.extension',
    );
  }
  const reading = readTraits(patient);
  if (reading.outcome === 'incomplete') throw new FhirError(422, reading.issues);
  const ins = input.ins ?? recordedIns(patient, previous);
  if (input.presence === false && (input.mode === 'retrieve' || ins === undefined)) {
    throw refusal('blocked', 'An INS is retrieved for a person who is present', 'Parameters.parameter');
  }
  const confirmed = confirmation(previous, input, policy);
  return { traits: reading.traits, previous, confirmed, ...(ins === undefined ? {} : { ins }) };
}

/** Asks INSi and decides on the status by the RNIV. It writes nothing. */
export async function checkIdentity(
  insi: InsiPort,
  policy: IdentityPolicy,
  question: Question,
  input: VerifyInsInput,
): Promise<Check> {
  const { traits, previous, confirmed } = question;
  const answer = await ask(insi, question, input.mode);
  const { trace } = answer;
  const facts = { previous, traits, trace };
  switch (answer.outcome) {
    case 'verified':
    case 'mismatch':
    case 'superseded': {
      const { outcome, identity, differences, rawAnswer } = answer;
      const verified = outcome === 'verified';
      const oid = identity?.active.oid ?? question.ins?.oid ?? '';
      return {
        kind: 'answered',
        ...facts,
        outcome,
        decided: verified ? dated(confirmed, trace, input) : previous,
        differences,
        rawAnswer,
        ...(identity === undefined ? {} : { identity }),
        ...(verified ? { due: dueAfter(trace, oid, policy) } : {}),
      };
    }
    case 'not-found':
    case 'ambiguous':
    case 'unknown-code': {
      const { outcome, rawAnswer } = answer;
      return { kind: 'answered', ...facts, outcome, decided: previous, differences: [], rawAnswer };
    }
    default:
      return { kind: 'failed', ...facts, failure: answer };
  }
}

function dueAfter({ checkedAt }: InsiTrace, oid: string, policy: IdentityPolicy): string {
  return nextVerificationDate(checkedAt.slice(0, 10), policy, natureOf(oid) === 'NIA');
}

function recordedIns(patient: Patient, { methodCollection }: IdentityRecord): GivenIns | undefined {
  const official = officialIns(patient);
  if (official === undefined) return undefined;
  const { system = '', value = '' } = official.identifier;
  // INSi is the reference: a key that it gave is not held against the number.
  const reading = readMatricule(methodCollection === 'INSI' ? value.slice(0, 13) : value);
  if (reading.outcome !== 'valid') {
    const expression = `Patient.identifier[${official.index}].value`;
    throw refusal(reading.outcome, matriculeRefusal(reading), expression);
  }
  return { number: reading.matricule.number, oid: oidOfSystem(system) ?? '' };
}

/** The identity that a confirmation by INSi would make, worked out before INSi is called. */
function confirmation(
  previous: IdentityRecord,
  { evidence }: VerifyInsInput,
  policy: IdentityPolicy,
): IdentityRecord {
  const events: IdentityEvent[] = evidence === undefined ? [] : [{ type: 'document-checked', evidence }];
  let state: IdentityRecord = previous;
  for (const event of [...events, { type: 'insi-confirmed' } as const]) {
    const step = transition(state, event, policy);
    if (step.outcome === 'refused') throw blockedBy(step);
    state = { ...state, ...step.state };
  }
  return state;
}

function blockedBy({ reason }: Transition & { outcome: 'refused' }): FhirError {
  const texts: Partial<Record<typeof reason, string>> = {
    'blocked-by-attribute': 'An identity that is douteuse or fictive cannot be verified',
    'evidence-missing': 'The identity was validated without a recorded document: give the evidence',
    'evidence-not-trusted': 'The document given is none that validates an identity',
    'evidence-does-not-qualify': 'The document of this identity does not allow it to be qualified',
  };
  return refusal(
    'blocked',
    texts[reason] ?? 'The rules of identity vigilance forbid this',
    'Parameters.parameter',
  );
}

function dated(
  confirmed: IdentityRecord,
  { checkedAt }: InsiTrace,
  { evidence }: VerifyInsInput,
): IdentityRecord {
  const day = checkedAt.slice(0, 10);
  return {
    ...confirmed,
    methodCollection: 'INSI',
    dateCollection: day,
    ...(evidence === undefined ? {} : { validationDate: day }),
  };
}

/** A record without INS, and a retrieval, ask by the traits alone; INSi's matricule is then judged against none. */
async function ask(insi: InsiPort, { traits, ins }: Question, mode: VerifyInsInput['mode']) {
  if (mode === 'verify' && ins !== undefined) return insi.verify(ins, traits);
  return judge(await insi.search(traits), ins, traits);
}
