/** What Passerelle asks of the téléservice INSi, and every way it may answer. */
import type { TraitDifference } from '../comparison.ts';
import type { IdentityTrait, ReferenceTraits, StrictTraits } from '../traits.ts';

export interface InsiPort {
  /**
   * Looks a person up by strict traits: one call for each given name in order, then for all of them
   * together, until INSi finds one identity or fails (SEL-MP-043; CNDA test 2.07).
   */
  search(traits: StrictTraits): Promise<SearchAnswer>;
  /** Asks whether an INS and traits belong to one and the same person. */
  verify(ins: GivenIns, traits: StrictTraits): Promise<VerificationAnswer>;
  /** Cuts the calls under way, which end as unavailable, and refuses later ones. */
  close(): void;
}

/** The INS to verify, as the record holds it. */
export interface GivenIns {
  /** 13 characters, without key. */
  number: string;
  /** Without `urn:oid:`. */
  oid: string;
}

/** A matricule as INSi returned it: kept unchanged, even with a wrong key or incoherent dates. */
export interface RegisteredIns {
  /** 13 characters. */
  number: string;
  /** The key returned, else the computed one. */
  key: string;
  /** False when the key returned is not that of the number: a warning, INSi is the reference. */
  keyVerified: boolean;
  oid: string;
  start?: string;
  end?: string;
}

export interface InsiIdentity {
  active: RegisteredIns;
  /** Former matricules (INSHISTO), which may repeat the active one. */
  history: RegisteredIns[];
  traits: ReferenceTraits;
}

/** How an exchange is accounted for; free of identity data. */
export interface InsiTrace {
  /** Instant of the last answer, ISO 8601 UTC. */
  checkedAt: string;
  source: 'insi' | 'insi-simulator';
  operation: string;
  /** `confirmed`: the published contract; `not-confirmed`: names taken from configuration. */
  contract: 'confirmed' | 'not-confirmed';
  /** `wsa:MessageID` of every call, in order; retries have their own. */
  messageIds: string[];
  /** `CodeCR` of the last answer: 00, 01, 02. */
  insiCode?: string;
  /** Subcode and error code of the last fault, such as `siram_40/insi_102`. */
  insiFault?: string;
}

/** Answers that say nothing about the person. */
export type InsiFailure =
  /** Refused by the rules on what may be sent, here or by INSi. */
  | { outcome: 'rejected-input'; reason: string; trait?: IdentityTrait }
  | { outcome: 'unavailable'; reason: UnavailableReason; retryAfterSeconds?: number }
  | { outcome: 'timeout' }
  | { outcome: 'misconfigured'; reason: MisconfiguredReason }
  /** Refused here: too many searches are under way. */
  | { outcome: 'throttled' };

type UnavailableReason =
  | 'service'
  | 'technical-fault'
  | 'connection'
  | 'http-status'
  | 'malformed-answer'
  | 'answer-too-large'
  | 'circuit-open';

type MisconfiguredReason =
  | 'software-not-authorised'
  | 'tls'
  | 'http-status'
  | 'oid-not-accepted'
  | 'verification-disabled';

/** The SOAP answer that decided, as received (RNIV EXI REC 07): identity data, encrypt it, never log it. */
interface Answered {
  rawAnswer: string;
}

/** Answers that find nobody to compare with; a result code other than 00, 01 and 02 changes no status. */
export type EmptyAnswer = Answered &
  ({ outcome: 'not-found' } | { outcome: 'ambiguous' } | { outcome: 'unknown-code'; code: string });

export type SearchAnswer = { trace: InsiTrace } & (
  | (Answered & { outcome: 'found'; identity: InsiIdentity })
  | EmptyAnswer
  | InsiFailure
);

/** `identity` is absent where INSi answers yes or no without data. */
export type VerificationAnswer = { trace: InsiTrace } & (
  | (Answered & {
      outcome: 'verified' | 'mismatch' | 'superseded';
      identity?: InsiIdentity;
      differences: TraitDifference[];
    })
  | EmptyAnswer
  | InsiFailure
);
