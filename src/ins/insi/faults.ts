import type { InsiFailure } from './port.ts';

/** The parts of a SOAP fault that decide; its wording varies and is never read. */
export interface InsiFault {
  /** Local part of the subcode: `siram_40`. */
  subcode?: string;
  /** Code of `siram:Erreur`: `insi_102`. */
  code?: string;
}

/** What a fault means, and whether the same call may be tried again. */
export interface FaultMeaning {
  failure: InsiFailure;
  retryable: boolean;
}

const authorisationCodes = ['desir_550', 'desir_560'];
const unavailableCodes = ['insi_102', 'insi_111', 'desir_1020'];
const traitOfCode = { insi_19: 'birthName', insi_24: 'sex' } as const;

/**
 * Classifies by known error code, then by the family of the subcode (10 input, 40 unavailable,
 * 100 authorisation), else as a technical fault. Sender and Receiver do not count: INSi marks
 * desir_1020, an outage, as the sender's.
 */
export function meaningOf({ subcode, code }: InsiFault): FaultMeaning {
  if (code !== undefined && authorisationCodes.includes(code)) return notAuthorised;
  if (code === 'insi_19' || code === 'insi_24') return rejected(code);
  if (code !== undefined && unavailableCodes.includes(code)) return outage;
  switch (subcode) {
    case 'siram_10':
      return rejected(code ?? subcode);
    case 'siram_40':
      return outage;
    case 'siram_100':
      return notAuthorised;
    default:
      return { failure: { outcome: 'unavailable', reason: 'technical-fault' }, retryable: false };
  }
}

/** `siram_40/insi_102`, for traces and audit. */
export function faultLabel({ subcode, code }: InsiFault): string {
  return [subcode, code].filter((part) => part !== undefined).join('/') || 'fault';
}

const notAuthorised: FaultMeaning = {
  failure: { outcome: 'misconfigured', reason: 'software-not-authorised' },
  retryable: false,
};

const outage: FaultMeaning = { failure: { outcome: 'unavailable', reason: 'service' }, retryable: true };

function rejected(code: string): FaultMeaning {
  const trait = code === 'insi_19' || code === 'insi_24' ? traitOfCode[code] : undefined;
  const failure: InsiFailure = {
    outcome: 'rejected-input',
    reason: code,
    ...(trait === undefined ? {} : { trait }),
  };
  return { failure, retryable: false };
}
