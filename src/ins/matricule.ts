/**
 * Syntax and key of the matricule INS (NIR or NIA): the rules of décret 82-103 art. 4 as the Assurance
 * Maladie's own checks apply them. Whether a matricule is a NIR or a NIA is said by its OID alone:
 * see `ins-identifier.ts`.
 */

/** A syntactically valid matricule: 13 characters (upper case, no space) and its two-digit key. */
export interface Matricule {
  readonly number: string;
  readonly key: string;
}

/** Why a text cannot be a matricule INS. */
export type MatriculeFormatReason =
  | 'length'
  | 'characters'
  | 'sex-digit'
  | 'number-being-assigned'
  | 'migrant-number'
  | 'provisional-number'
  | 'month'
  | 'department'
  | 'order';

export type MatriculeReading =
  | { outcome: 'valid'; matricule: Matricule; keyGiven: boolean }
  | { outcome: 'invalid-format'; reason: MatriculeFormatReason }
  | { outcome: 'invalid-key' };

const shape = /^\d{5}(?:\d\d|2[AB])\d{6}(?:\d\d)?$/;

/**
 * Reads what a person or a partner typed: spaces anywhere, 13 characters or 15 with the key, letters of
 * Corsica in either case. Classification is strict, so a `valid` reading may be sent to INSi.
 */
export function readMatricule(text: string): MatriculeReading {
  const compact = text.replace(/\s/gu, '').toUpperCase();
  if (compact.length !== 13 && compact.length !== 15) return { outcome: 'invalid-format', reason: 'length' };
  if (!shape.test(compact)) return { outcome: 'invalid-format', reason: 'characters' };
  const number = compact.slice(0, 13);
  const reason = reasonToRefuse(number);
  if (reason !== undefined) return { outcome: 'invalid-format', reason };
  const key = matriculeKey(number);
  const keyGiven = compact.length === 15;
  if (keyGiven && compact.slice(13) !== key) return { outcome: 'invalid-key' };
  return { outcome: 'valid', matricule: { number, key }, keyGiven };
}

/**
 * The key of 13 characters, `01` to `97`: 97 − (N mod 97), the department 2A read as 19 and 2B as 18.
 * The letter counts at positions 6–7 only, where it may stand.
 */
export function matriculeKey(number: string): string {
  const department = { '2A': '19', '2B': '18' }[number.slice(5, 7)] ?? number.slice(5, 7);
  const digits = Number(number.slice(0, 5) + department + number.slice(7));
  return String(97 - (digits % 97)).padStart(2, '0');
}

/** The 15 characters that `Patient.identifier.value` carries. */
export function formatMatricule({ number, key }: Matricule): string {
  return number + key;
}

/** The matricule as printed for people: `2 75 12 63 220 749 74`. */
export function formatMatriculeForDisplay({ number, key }: Matricule): string {
  const groups = [
    [0, 1],
    [1, 3],
    [3, 5],
    [5, 7],
    [7, 10],
    [10, 13],
  ] as const;
  return [...groups.map(([start, end]) => number.slice(start, end)), key].join(' ');
}

/** What is wrong with a matricule as a record holds it, its key included; undefined when nothing is. */
export function recordedMatriculeProblem(reading: MatriculeReading): string | undefined {
  if (reading.outcome !== 'valid') return matriculeRefusal(reading);
  return reading.keyGiven ? undefined : 'A matricule INS is written with its key: 15 characters';
}

/** What to tell the caller of a text that is no matricule, without repeating it. */
export function matriculeRefusal(reading: Exclude<MatriculeReading, { outcome: 'valid' }>): string {
  return reading.outcome === 'invalid-key'
    ? 'The key of the matricule INS does not fit its number'
    : formatMessages[reading.reason];
}

const formatMessages: Readonly<Record<MatriculeFormatReason, string>> = {
  length: 'A matricule INS has 13 characters, or 15 with its key',
  characters:
    'A matricule INS is made of digits; only 2A and 2B may stand for the department (positions 6 and 7)',
  'sex-digit': 'The first digit of a matricule INS is 1 (man) or 2 (woman)',
  'number-being-assigned':
    'A number that starts with 3 or 4 belongs to a person being registered: it is not a matricule INS',
  'migrant-number': 'A number that starts with 5 or 6 is a migrant number (MIG): it is not a matricule INS',
  'provisional-number':
    'A number that starts with 7 or 8 is a provisional national number (NNP), out of use since 2023: it is not a matricule INS',
  month: 'Positions 4 and 5 are a month (01 to 12) or the mark of an incomplete civil record (20 to 99)',
  department:
    'Positions 6 and 7 are a department, 97 or 98 (overseas) or 99 (born abroad); 00 does not exist',
  order: 'Positions 11 to 13 are the order in the register, from 001 to 999',
};

const byFirstDigit: Readonly<Record<string, MatriculeFormatReason>> = {
  '0': 'sex-digit',
  '3': 'number-being-assigned',
  '4': 'number-being-assigned',
  '5': 'migrant-number',
  '6': 'migrant-number',
  '7': 'provisional-number',
  '8': 'provisional-number',
  '9': 'sex-digit',
};

function reasonToRefuse(number: string): MatriculeFormatReason | undefined {
  const month = Number(number.slice(3, 5));
  const byDigit = byFirstDigit[number.charAt(0)];
  if (byDigit !== undefined) return byDigit;
  if (month === 0 || (month > 12 && month < 20)) return 'month';
  if (number.slice(5, 7) === '00') return 'department';
  if (number.slice(10) === '000') return 'order';
  return undefined;
}
