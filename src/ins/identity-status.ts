/**
 * The four statuses of an identity and the transitions the RNIV allows (RNIV EXI SI 07 to 10,
 * EXI ID 24, 26 and 29). Pure: it decides, and writes nothing.
 *
 * A status answers two questions. Was the INS obtained from INSi? Were the traits checked against a
 * high-confidence document?
 *
 * |        | obtained | checked |
 * |--------|----------|---------|
 * | PROV   | no       | no      |
 * | RECUP  | yes      | no      |
 * | VALI   | no       | yes     |
 * | QUAL   | yes      | yes     |
 */
import type { IdentityPolicy, ValidationMode } from './identity-policy.ts';

export const identityStatuses = ['PROV', 'RECUP', 'VALI', 'QUAL'] as const;
export type IdentityStatus = (typeof identityStatuses)[number];

export const identityAttributes = ['homonyme', 'douteux', 'fictif'] as const;
export type IdentityAttribute = (typeof identityAttributes)[number];

export interface IdentityState {
  status: IdentityStatus;
  attributes: readonly IdentityAttribute[];
  /** The document that the identity was checked against, once it was. */
  evidence?: ValidationMode;
}

export type IdentityEvent =
  /** INSi found one identity, its traits agree with the record and the operator confirmed. */
  | { type: 'insi-confirmed' }
  /** The traits were checked against a document and, where INSi gave traits, against these. */
  | { type: 'document-checked'; evidence: ValidationMode }
  /** Answers of INSi that confirm nothing. */
  | { type: 'mismatch' }
  | { type: 'superseded' }
  | { type: 'not-found' }
  | { type: 'ambiguous' }
  /** INSi did not answer. */
  | { type: 'outage' }
  | { type: 'marked'; attribute: IdentityAttribute }
  | { type: 'cleared'; attribute: IdentityAttribute }
  /** The document proved false or was recorded by mistake. */
  | { type: 'document-withdrawn' }
  /** The identity cell concludes that the INS held is not, or no longer, this person's. */
  | { type: 'verification-failed' };

type TransitionRefusal =
  | 'blocked-by-attribute'
  | 'evidence-missing'
  | 'evidence-not-trusted'
  | 'evidence-does-not-qualify'
  | 'attributes-incompatible'
  | 'attribute-not-set'
  | 'no-document'
  | 'no-ins';

export type Transition =
  | {
      outcome: 'accepted';
      state: IdentityState;
      /** The matricule and OID held must leave the identity (kept as history only). */
      insInvalidated: boolean;
      /** The INS was transmissible until now: those who received it must be told. */
      recipientsToInform: boolean;
      /** What the identity cell should look at; the status did not change for it. */
      flag?: 'mismatch' | 'superseded' | 'not-found' | 'ambiguous' | 'outage';
    }
  | { outcome: 'refused'; reason: TransitionRefusal };

/** What an event makes of an identity under a policy. An outage never changes anything. */
export function transition(state: IdentityState, event: IdentityEvent, policy: IdentityPolicy): Transition {
  switch (event.type) {
    case 'insi-confirmed':
      return isBlocked(state) ? refused('blocked-by-attribute') : insObtained(state, policy);
    case 'document-checked':
      return isBlocked(state)
        ? refused('blocked-by-attribute')
        : documentChecked(state, event.evidence, policy);
    case 'mismatch':
    case 'superseded':
    case 'not-found':
    case 'ambiguous':
      return isBlocked(state)
        ? refused('blocked-by-attribute')
        : { ...accepted(state, state), flag: event.type };
    case 'outage':
      return { ...accepted(state, state), flag: 'outage' };
    case 'marked':
      return marked(state, event.attribute);
    case 'cleared':
      return cleared(state, event.attribute);
    case 'document-withdrawn':
      return isChecked(state) ? accepted(state, provisional(state.attributes)) : refused('no-document');
    case 'verification-failed':
      if (state.status === 'QUAL') return accepted(state, { ...state, status: 'VALI' });
      return state.status === 'RECUP' ? accepted(state, provisional(state.attributes)) : refused('no-ins');
  }
}

/** True while the identity is douteuse or fictive: INSi must not be called (RNIV EXI ID 26). */
export function isBlocked({ attributes }: IdentityState): boolean {
  return attributes.includes('douteux') || attributes.includes('fictif');
}

/** True when the matricule and its OID may leave the server: qualified identities only (RNIV EXI ID 29). */
export function mayTransmitIns(state: IdentityState): boolean {
  return state.status === 'QUAL' && !isBlocked(state);
}

function insObtained(state: IdentityState, policy: IdentityPolicy): Transition {
  if (!isChecked(state)) return accepted(state, { ...state, status: 'RECUP' });
  if (state.evidence === undefined) return refused('evidence-missing');
  if (!policy.qualifyingModes.includes(state.evidence)) return refused('evidence-does-not-qualify');
  return accepted(state, { ...state, status: 'QUAL' });
}

function documentChecked(state: IdentityState, evidence: ValidationMode, policy: IdentityPolicy): Transition {
  if (!policy.validatingModes.includes(evidence)) return refused('evidence-not-trusted');
  if (!hasIns(state)) return accepted(state, { ...state, status: 'VALI', evidence });
  if (!policy.qualifyingModes.includes(evidence)) return refused('evidence-does-not-qualify');
  return accepted(state, { ...state, status: 'QUAL', evidence });
}

function marked(state: IdentityState, attribute: IdentityAttribute): Transition {
  const others = state.attributes.filter((each) => each !== attribute);
  const compatible = others.length === 0 || (attribute !== 'fictif' && !others.includes('fictif'));
  if (!compatible) return refused('attributes-incompatible');
  const attributes = identityAttributes.filter((each) => each === attribute || others.includes(each));
  return accepted(state, attribute === 'homonyme' ? { ...state, attributes } : provisional(attributes));
}

function cleared(state: IdentityState, attribute: IdentityAttribute): Transition {
  if (!state.attributes.includes(attribute)) return refused('attribute-not-set');
  return accepted(state, { ...state, attributes: state.attributes.filter((each) => each !== attribute) });
}

function provisional(attributes: readonly IdentityAttribute[]): IdentityState {
  return { status: 'PROV', attributes };
}

function hasIns({ status }: IdentityState): boolean {
  return status === 'RECUP' || status === 'QUAL';
}

function isChecked({ status }: IdentityState): boolean {
  return status === 'VALI' || status === 'QUAL';
}

function accepted(before: IdentityState, state: IdentityState): Transition & { outcome: 'accepted' } {
  const insInvalidated = hasIns(before) && !hasIns(state);
  return {
    outcome: 'accepted',
    state,
    insInvalidated,
    recipientsToInform: insInvalidated && before.status === 'QUAL',
  };
}

function refused(reason: TransitionRefusal): Transition {
  return { outcome: 'refused', reason };
}
