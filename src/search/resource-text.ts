import { fold } from './fold.ts';

/** The words of a resource, folded, in the order in which they stand. */
export interface ResourceText {
  narrative: string;
  /** All texts beside the narrative. */
  content: string;
}

/** Elements whose value is no text that a person reads. */
const unread: ReadonlySet<string> = new Set([
  'resourceType',
  'versionId',
  'lastUpdated',
  'data',
  'hash',
  'valueBase64Binary',
  'div',
]);

/** A longer run without white space is an encoded value, no word. */
const LONGEST_RUN = 200;

/**
 * The text of a resource that `_text` and `_content` search: the narrative, without its markup, and every string
 * value but URLs and encoded data. What a restricted resource hides are identifiers: it has none of them in its text,
 * because a search by words, which may be beginnings of words, would let a caller guess them.
 */
export function resourceText(resource: unknown, restricted: boolean): ResourceText {
  const { text } = resource as { text?: { div?: unknown } };
  const texts: string[] = [];
  collect(resource, restricted, texts);
  return {
    narrative: typeof text?.div === 'string' ? fold(plainText(text.div)) : '',
    content: fold(texts.join('\n')),
  };
}

function collect(value: unknown, restricted: boolean, texts: string[]): void {
  if (typeof value === 'string') {
    if (isRead(value)) texts.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, restricted, texts);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (unread.has(key) || (restricted && key === 'identifier')) continue;
      collect(child, restricted, texts);
    }
  }
}

function isRead(value: string): boolean {
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|urn:)\S+$/i.test(value)) return false;
  return value.length <= LONGEST_RUN || /\s/.test(value);
}

/** Elements within a line: they do not end a word. */
const INLINE = /<\/?(?:a|abbr|b|big|code|em|i|small|span|strong|sub|sup|tt|u)(?=[\s>])/iy;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of an XHTML narrative (narrative.html): XML has five named entities, XHTML in FHIR no more. */
function plainText(xhtml: string): string {
  return withoutMarkup(xhtml).replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (entity, hexadecimal, decimal, named) => {
      if (named !== undefined) return ENTITIES[named] ?? entity;
      const code = Number.parseInt(hexadecimal ?? decimal, hexadecimal === undefined ? 10 : 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
    },
  );
}

/** One pass: a narrative need not be well-formed, and what is not closed must not be looked for from each start. */
function withoutMarkup(xhtml: string): string {
  let text = '';
  let position = 0;
  const lastComment = xhtml.lastIndexOf('-->');
  for (let start = xhtml.indexOf('<'); start >= 0; start = xhtml.indexOf('<', position)) {
    const isComment = xhtml.startsWith('<!--', start) && start + 4 <= lastComment;
    const end = isComment ? xhtml.indexOf('-->', start + 4) : xhtml.indexOf('>', start);
    if (end < 0) break;
    INLINE.lastIndex = start;
    text += xhtml.slice(position, start) + (isComment || INLINE.test(xhtml) ? '' : ' ');
    position = end + (isComment ? 3 : 1);
  }
  return text + xhtml.slice(position);
}
