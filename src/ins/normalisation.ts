/**
 * Names in the alphabet of INSi (SEL-MP-043 §2 and §3.4.1, EF_INS01_03, EF_INS10_01, EF_INS10_02):
 * A–Z, space, apostrophe, hyphen. What the person wrote is stored as it is; only what goes to INSi, and
 * what is compared with INSi, passes through here.
 */

type NameRefusal =
  | 'empty'
  | 'too-long'
  | 'characters'
  | 'first-character'
  | 'last-character'
  | 'separators'
  | 'double-hyphen';

export type NormalisedName =
  | { outcome: 'normalised'; text: string }
  | { outcome: 'refused'; reason: NameRefusal };

const maximumLength = 100;

const replacements: readonly [RegExp, string][] = [
  [/Æ/gu, 'AE'],
  [/Œ/gu, 'OE'],
  [/Ø/gu, 'O'],
  [/Ł/gu, 'L'],
  [/[ĐÐ]/gu, 'D'],
  [/[\u2018\u2019\u02BC\u2032\uFF07]/gu, "'"],
  [/[\u2010-\u2015\u2212\uFE63\uFF0D]/gu, '-'],
  [/\s+/gu, ' '],
];

/** A birth name as INSi takes it; digits and other signs are refused, never dropped in silence. */
export function normaliseBirthName(text: string): NormalisedName {
  return normalise(text, () => undefined);
}

/** One given name, or a list of them separated by spaces, as INSi takes it. */
export function normaliseGivenNames(text: string): NormalisedName {
  return normalise(text, (name) => {
    if (name.includes('--')) return 'double-hyphen';
    return /[-']$/u.test(name) ? 'last-character' : undefined;
  });
}

/**
 * A given name or list with hyphens and apostrophes read as spaces: the form in which two lists are
 * told to differ in their separators only (RNIV EXI ID 10).
 */
export function foldSeparators(normalised: string): string {
  return normalised.replace(/[-' ]+/gu, ' ').trim();
}

/** Upper case without diacritics, ligatures or typographic signs; no refusal. */
export function toInsiAlphabet(text: string): string {
  // Upper case first: it expands ß and the typographic ligatures such as ﬁ.
  const bare = text.toUpperCase().normalize('NFD').replace(/\p{M}/gu, '');
  return replacements.reduce((name, [pattern, by]) => name.replace(pattern, by), bare).trim();
}

function normalise(text: string, refuse: (name: string) => NameRefusal | undefined): NormalisedName {
  const name = toInsiAlphabet(text);
  const reason = commonRefusal(name) ?? refuse(name);
  return reason === undefined ? { outcome: 'normalised', text: name } : { outcome: 'refused', reason };
}

function commonRefusal(name: string): NameRefusal | undefined {
  if (name === '') return 'empty';
  if (name.length > maximumLength) return 'too-long';
  if (!/^[A-Z' -]+$/u.test(name)) return 'characters';
  if (name.startsWith('-')) return 'first-character';
  if (!/[A-Z]/u.test(name) || /[' ][' ]|---/u.test(name)) return 'separators';
  return undefined;
}
