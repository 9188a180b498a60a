import type { Identifier, Patient } from 'fhir/r4.d.ts';
import { FhirError } from '../../fhir/error.ts';
import type { TraitDifference } from '../comparison.ts';
import { type IdentityRecord, readIdentity } from '../identity-extensions.ts';
import type { IdentityPolicy } from '../identity-policy.ts';
import { type IdentityEvent, isBlocked, type Transition, transition } from '../identity-status.ts';
import { officialIns, oidOfSystem } from '../ins-identifier.ts';
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
      /** Present where INSi found one person and gave its data. */
      identity?: InsiIdentity;
      differences: readonly TraitDifference[];
    }
  | { kind: 'failed'; failure: InsiFailure }
);

/** What would be sent to INSi about a Patient: two that are equal make the same question. */
export interface Question {
  traits: StrictTraits;
  ins?: GivenIns;
}

/**
 * Checks a Patient locally, asks INSi and decides on the status by the RNIV. It writes nothing.
 * @throws FhirError 422 when the local checks fail: INSi is not called then
 */
export async function checkIdentity(
  insi: InsiPort,
  policy: IdentityPolicy,
  patient: Patient,
  input: VerifyInsInput,
): Promise<Check> {
  const previous = readIdentity(patient);
  const question = questionOf(patient, input);
  const confirmed = confirmation(previous, input, policy);
  const answer = await ask(insi, question, input.mode);
  const { trace } = answer;
  const facts = { previous, traits: question.traits, trace };
  const answered = { kind: 'answered', ...facts, decided: previous } as const;
  switch (answer.outcome) {
    case 'verified': {
      const { outcome, identity, differences } = answer;
      const decided = dated(confirmed, trace, input);
      return { ...answered, outcome, decided, differences, ...withIdentity(identity) };
    }
    case 'mismatch':
    case 'superseded': {
      const { outcome, identity, differences } = answer;
      return { ...answered, outcome, differences, ...withIdentity(identity) };
    }
    case 'not-found':
    case 'ambiguous':
    case 'unknown-code':
      return { ...answered, outcome: answer.outcome, differences: [] };
    default:
      return { kind: 'failed', ...facts, failure: answer };
  }
}

/**
 * The traits and the INS of a Patient that INSi may be asked about.
 * @throws FhirError 422 on a blocked identity, a missing trait or a malformed matricule
 */
export function questionOf(patient: Patient, input: VerifyInsInput): Question {
  if (isBlocked(readIdentity(patient))) {
    throw refusal(
      'blocked',
      'INSi is not asked about an identity that is douteuse or fictive',
      'Patient.extension',
    );
  }
  if (input.mode === 'retrieve' && input.presence === false) {
    throw refusal('blocked', 'An INS is retrieved for a person who is present', 'Parameters.parameter');
  }
  const reading = readTraits(patient);
  if (reading.outcome === 'incomplete') throw new FhirError(422, reading.issues);
  const { traits } = reading;
  if (input.ins !== undefined) return { traits, ins: input.ins };
  const official = officialIns(patient);
  return official === undefined ? { traits } : { traits, ins: givenIns(official.identifier, official.index) };
}

function givenIns({ system, value }: Identifier, index: number): GivenIns {
  const expression = `Patient.identifier[${index}].value`;
  const matricule = readMatricule(value ?? '');
  if (matricule.outcome !== 'valid')
    throw refusal(matricule.outcome, matriculeRefusal(matricule), expression);
  return { number: matricule.matricule.number, oid: oidOfSystem(system ?? '') ?? '' };
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

function withIdentity(identity: InsiIdentity | undefined): { identity?: InsiIdentity } {
  return identity === undefined ? {} : { identity };
}
