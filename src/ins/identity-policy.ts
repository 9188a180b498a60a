/**
 * Codes of the documents that prove an identity (FR Core `fr-core-cs-mode-validation-identity`):
 * AN birth certificate, CC travel booklet, CE European card, CM military card, CN national identity
 * card, CS residence permit, LE family record book, PA passport, PC driving licence, TC trusted third
 * party, DC document of a foreign minor, AC birth certificate with Vitale card, IE electronic identity.
 */
const validationModes = [
  'AN',
  'CC',
  'CE',
  'CM',
  'CN',
  'CS',
  'LE',
  'PA',
  'PC',
  'TC',
  'DC',
  'AC',
  'IE',
] as const;

export type ValidationMode = (typeof validationModes)[number];

export function isValidationMode(code: string | undefined): code is ValidationMode {
  return validationModes.some((mode) => mode === code);
}

/** What a deployment may decide about identities. */
export interface IdentityPolicy {
  /** Evidence that moves an identity to VALI: the high-confidence documents of the RNIV. */
  validatingModes: readonly ValidationMode[];
  /** Evidence that lets an identity be QUAL; FR Core Patient INS 2.2.0 can express these only. */
  qualifyingModes: readonly ValidationMode[];
  /** Months after which an INS is due for a new verification. */
  reverifyAfterMonths: number;
  /**
   * The code that FR Core's invariants read as "qualified": `VALI` in 2.2.0, where RECUP is written PROV
   * and QUAL is written VALI; `QUAL` in the draft that has a code for each of the four statuses.
   */
  qualifiedCode: 'VALI' | 'QUAL';
}

export const defaultIdentityPolicy: IdentityPolicy = {
  validatingModes: ['PA', 'CN', 'CS', 'AN', 'LE', 'DC', 'AC', 'IE', 'TC'],
  qualifyingModes: ['PA', 'CN', 'AN', 'LE'],
  reverifyAfterMonths: 36,
  qualifiedCode: 'VALI',
};

/** A NIA waits for its NIR: INSi is asked again after that many months. */
const waitingNumberMonths = 3;

/**
 * The day on which an INS verified on a day is due for a new verification; the last day of the month
 * where the month has no such day.
 * @param verifiedOn `YYYY-MM-DD`
 * @param isWaitingNumber true for a NIA
 */
export function nextVerificationDate(
  verifiedOn: string,
  { reverifyAfterMonths }: IdentityPolicy,
  isWaitingNumber = false,
): string {
  const months = isWaitingNumber ? Math.min(waitingNumberMonths, reverifyAfterMonths) : reverifyAfterMonths;
  const [year = 0, month = 1, day = 1] = verifiedOn.split('-').map(Number);
  const firstOfMonth = Date.UTC(year, month - 1 + months, 1);
  const target = new Date(firstOfMonth);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(day, lastDay));
  return target.toISOString().slice(0, 10);
}
