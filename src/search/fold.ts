const TO_FOLD = /[œæßøłđı‘’ʼ′`‐‑‒–—―−]/gu;

const FOLDED: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  '‘': "'",
  '’': "'",
  ʼ: "'",
  '′': "'",
  '`': "'",
};

const PLAIN = /^[\x21-\x5f\x61-\x7e]+(?: [\x21-\x5f\x61-\x7e]+)*$/;

/** Keys of the texts before: search parameters of a resource share most of their texts, and patients names and towns. */
const recent = new Map<string, string>();

const RECENT_TEXTS = 1_000;

/** Longest folded text that is indexed, in UTF-16 units. */
const KEY_LENGTH = 255;

/** Characters that do not count in a key: punctuation, white space, and those that are not seen. */
const NOT_IN_KEY = /[\p{P}\p{Z}\p{Cc}\p{Cf}\u00b4]+/gu;

const WORD = /^[0-9A-Za-z]*$/;

const ASCII = /^[\0-\x7f]*$/;

/** `NOT_IN_KEY` of lower-case ASCII. */
const NOT_IN_ASCII_KEY = /[^0-9a-z$+<=>^|~]+/g;

/**
 * A text for the comparison of its words: lower case, without accents, ligatures opened, typographic apostrophes and
 * dashes plain, inner white space collapsed, trimmed.
 */
export function fold(text: string): string {
  if (PLAIN.test(text)) {
    return text.toLowerCase();
  }
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(TO_FOLD, (character) => FOLDED[character] ?? '-')
    .replace(/\s+/gu, ' ')
    .trim();
}

/**
 * The form in which strings are compared, stored and searched ones alike (search.html#string): folded, of letters,
 * digits and symbols alone. Punctuation does not count, and neither does white space: registers write one name
 * `D'ARTAGNAN`, `D ARTAGNAN` and `DARTAGNAN`, or `LE GALL` and `LEGALL`. Cut to the length that is indexed.
 */
export function foldedKey(text: string): string {
  if (text.length > KEY_LENGTH) return cut(lettersOf(text));
  if (WORD.test(text)) return text.toLowerCase();
  const known = recent.get(text);
  if (known !== undefined) return known;
  const key = cut(lettersOf(text));
  if (recent.size >= RECENT_TEXTS) recent.clear();
  recent.set(text, key);
  return key;
}

function lettersOf(text: string): string {
  return ASCII.test(text)
    ? text.toLowerCase().replace(NOT_IN_ASCII_KEY, '')
    : fold(text).replace(NOT_IN_KEY, '');
}

function cut(folded: string): string {
  if (folded.length <= KEY_LENGTH) return folded;
  const start = folded.slice(0, KEY_LENGTH);
  // Half a surrogate pair has no UTF-8 form.
  return start.isWellFormed() ? start : start.slice(0, -1);
}
