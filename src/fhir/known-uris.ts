/** Places of the table, a power of two; the URIs of systems, extensions and profiles that a site uses are some hundreds. */
const size = 2048;

/** Shorter slices of a text are copies anyway. */
const shortest = 13;
/** What is longer is hardly met again. */
const longest = 200;

/** Characters at the end of a URI that its place is told by, with its length. */
const tail = 12;

const letterH = 0x68;
const letterR = 0x72;
const letterT = 0x74;
const letterU = 0x75;

const uris = new Array<string>(size).fill('');

/** Whether what stands in a text may be a URI of http, https or urn that is worth a place. */
export function mayBeUri(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < shortest || length > longest) return false;
  const first = text.charCodeAt(start);
  if (first === letterH) return text.charCodeAt(start + 1) === letterT;
  return first === letterU && text.charCodeAt(start + 1) === letterR;
}

/**
 * What stands in a text, as the same string object each time when it was met lately. It is whole by itself, while a slice
 * keeps all of the text in memory and costs much more to compare and to look up.
 * @param start position of its first character
 * @param end position behind its last one
 */
export function knownUri(text: string, start: number, end: number): string {
  const place = placeOf(text, start, end);
  const known = uris[place] as string;
  if (known.length === end - start && text.startsWith(known, start)) return known;
  const uri = Buffer.from(text.slice(start, end)).toString();
  uris[place] = uri;
  return uri;
}

function placeOf(text: string, start: number, end: number): number {
  let hash = end - start;
  for (let position = end - tail; position < end; position++) {
    hash = Math.imul(hash, 31) + text.charCodeAt(position);
  }
  return (hash ^ (hash >>> 11)) & (size - 1);
}
