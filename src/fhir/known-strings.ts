/**
 * Strings that documents have again and again, as the one object that the engine has for the keys of objects. A slice of a
 * text keeps all of the text in memory, and costs much more to compare and to look up.
 */

/** Places of each table, a power of two; the keys, URIs and codes that a site uses are some hundreds. */
const size = 2048;

/** What is longer is hardly met again. */
const longest = 200;

/** Characters at the end of a value that its place is told by, with its length. */
const tail = 12;

/** Shorter slices of a text are copies anyway. */
const shortest = 13;

const letterH = 0x68;
const letterR = 0x72;
const letterT = 0x74;
const letterU = 0x75;

const keys = new Array<string>(size).fill('');
const values = new Array<string>(size).fill('');

/** The key of a member that stands in a text, by the hash of its characters. */
export function knownKey(text: string, start: number, end: number, hash: number): string {
  return knownIn(keys, text, start, end, hash);
}

/** The value that stands in a text, from its first character to behind its last one. */
export function knownValue(text: string, start: number, end: number): string {
  let hash = end - start;
  for (let position = Math.max(start, end - tail); position < end; position++) {
    hash = Math.imul(hash, 31) + text.charCodeAt(position);
  }
  return knownIn(values, text, start, end, hash);
}

/** Whether a value is worth a place: a code, a URL or part of one, what may be a URI of http, https or urn. */
export function mayBeMetAgain(
  text: string,
  start: number,
  end: number,
  key: string | number | undefined,
): boolean {
  const length = end - start;
  if (length < shortest || length > longest) return false;
  if (key === 'url' || key === 'code') return true;
  const first = text.charCodeAt(start);
  if (first === letterH) return text.charCodeAt(start + 1) === letterT;
  return first === letterU && text.charCodeAt(start + 1) === letterR;
}

/** The one object of a string: two of them are compared by their addresses. */
export function interned(text: string): string {
  const [one = text] = Object.keys({ [text]: true });
  return one;
}

function knownIn(table: string[], text: string, start: number, end: number, hash: number): string {
  const place = (hash ^ (hash >>> 11)) & (size - 1);
  const known = table[place] as string;
  if (known.length === end - start && text.startsWith(known, start)) return known;
  const string = interned(text.slice(start, end));
  if (string.length <= longest) table[place] = string;
  return string;
}
