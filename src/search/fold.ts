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

/** Longest folded text that is indexed, in UTF-16 units. */
const KEY_LENGTH = 255;

/**
 * The form in which strings are compared (search.html#string): lower case, without accents, ligatures opened,
 * typographic apostrophes and dashes plain, inner white space collapsed, trimmed.
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

/** `fold`, cut to the length that is indexed; search values are cut alike. */
export function foldedKey(text: string): string {
  const folded = fold(text);
  if (folded.length <= KEY_LENGTH) {
    return folded;
  }
  const cut = folded.slice(0, KEY_LENGTH);
  // Half a surrogate pair has no UTF-8 form.
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
