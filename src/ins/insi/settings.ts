/** How to reach INSi and in whose name. */
export interface InsiSettings {
  /** One URL for all operations. `http:` is accepted on loopback only, for a simulator. */
  url: string;
  source: 'insi' | 'insi-simulator';
  tls?: InsiTlsSettings;
  software: InsiSoftware;
  /**
   * OIDs that this environment accepts from INSi, without `urn:oid:`. The qualification platform answers
   * with the OIDs of production: environments are told apart by this list, not by the OID alone.
   */
  acceptedOids: readonly string[];
  verification: InsiVerification;
  limits?: Partial<InsiLimits>;
}

/** Mutual TLS: certificate and key in PEM, or a PKCS#12; and the IGC-Santé chain, which no public store has. */
export interface InsiTlsSettings {
  certificate?: string | Buffer;
  key?: string | Buffer;
  pfx?: string | Buffer;
  passphrase?: string;
  certificateAuthorities?: string | Buffer | (string | Buffer)[];
}

/** The software as the CNDA authorised it, and the structure it calls for. */
export interface InsiSoftware {
  /** CNDA authorisation number (IDAM). */
  authorisationNumber: string;
  /** `<product>` of `urn:lps:<product>:<version>`. */
  product: string;
  version: string;
  /** UUID of this installation, the same at every call. */
  instance: string;
  /** Identifier of the structure: the OU of the client certificate. */
  sender: string;
}

/**
 * - `search`: the published search, compared here. Only where the deployment is the identity repository:
 *   a search is a retrieval, made for a person who is present.
 * - `unit`: the unit verification, whose contract is not public: the names come from the configuration and
 *   are unconfirmed until tested against the official package.
 * - `off`: verification refuses.
 */
export type InsiVerification =
  | { adapter: 'search' }
  | { adapter: 'unit'; contract: UnitVerificationContract }
  | { adapter: 'off' };

export interface UnitVerificationContract {
  /** Operation name, the last part of the action URN. */
  operation: string;
  requestNamespace: string;
  /** Root element of the request. */
  requestElement: string;
  answerNamespace: string;
  /** Element that holds the result code, anywhere in the answer. */
  codeElement: string;
  verifiedCodes: readonly string[];
  mismatchCodes: readonly string[];
}

export interface InsiLimits {
  /** Silence after which one call is given up. */
  timeoutMs: number;
  maximumAnswerBytes: number;
  /** Attempts after the first, on the retryable failures only. */
  retries: number;
  /** Wait before the first retry; it doubles, with jitter. */
  retryDelayMs: number;
  /** Consecutive technical failures that open the circuit. */
  breakerThreshold: number;
  /** How long an open circuit refuses before it lets one probe through. */
  breakerOpenMs: number;
  /** Searches and verifications under way at once. */
  concurrency: number;
  /** Ask again with the birth place when INSi found several identities. */
  settleWithBirthPlace: boolean;
}

export const defaultInsiLimits: InsiLimits = {
  timeoutMs: 60_000,
  maximumAnswerBytes: 1024 * 1024,
  retries: 2,
  retryDelayMs: 500,
  breakerThreshold: 5,
  breakerOpenMs: 30_000,
  concurrency: 8,
  settleWithBirthPlace: true,
};

/** Time and chance, replaced in tests. */
export interface InsiRuntime {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to 1, 1 excluded. */
  random(): number;
  uuid(): string;
}
