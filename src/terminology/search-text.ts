const plainForms: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', '’': "'" };

/** Nothing but lower case is left to be done. */
const plain = /^[!-~]+(?: [!-~]+)*$/;

/** A text in the form in which words are looked for: lower case, without accents and line ends. */
export function searchText(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[œæß’]/gu, (character) => plainForms[character] ?? character)
    .replace(/\s+/gu, ' ')
    .trim();
}

/** The words of a text filter, each of which a concept has to hold; none stand for no filter. */
export function searchWords(filter: string | undefined): string[] {
  return filter === undefined ? [] : searchText(filter).split(' ').filter(Boolean);
}
