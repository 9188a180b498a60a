/**
 * Elements of chapters 7 to 11 (but for the revision marks) and 15 of HTML 4.0, `a` and images, each with the attributes
 * that it may have beside the common ones (FHIR R4 narrative.html, txt-1).
 */
const elements: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    a: 'href name charset type hreflang rel rev shape coords',
    abbr: '',
    acronym: '',
    address: '',
    area: 'href alt shape coords nohref',
    b: '',
    bdo: '',
    big: '',
    blockquote: 'cite',
    br: '',
    caption: '',
    cite: '',
    code: '',
    col: '',
    colgroup: '',
    dd: '',
    dfn: '',
    div: 'xmlns',
    dl: '',
    dt: '',
    em: '',
    h1: '',
    h2: '',
    h3: '',
    h4: '',
    h5: '',
    h6: '',
    hr: '',
    i: '',
    img: 'src alt longdesc height border usemap ismap',
    kbd: '',
    li: '',
    map: 'name',
    ol: '',
    p: '',
    pre: 'xml:space',
    q: 'cite',
    samp: '',
    small: '',
    span: '',
    strong: '',
    sub: '',
    sup: '',
    table: 'summary border frame rules cellspacing cellpadding',
    tbody: '',
    td: 'nowrap',
    tfoot: '',
    th: 'nowrap',
    thead: '',
    tr: '',
    tt: '',
    ul: '',
    var: '',
  }).map(([name, own]) => [name, new Set(own.split(' '))]),
);

const commonAttributes: ReadonlySet<string> = new Set(
  (
    'title style class id lang xml:lang dir accesskey tabindex span width align valign char charoff abbr axis headers ' +
    'scope rowspan colspan'
  ).split(' '),
);

/** Blocks, which a paragraph does not hold, not even within others (HTML 4.0, 9.3.1). */
const blocks: ReadonlySet<string> = new Set(
  'address blockquote div dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul'.split(' '),
);

const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';
const usualStart = `<div xmlns="${xhtmlNamespace}">`;

/** What a tag may have behind the name of its element. */
const rest = /(?<attributes>(?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<isEmpty>\/)?>/y;

const attribute = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** An ampersand that starts no reference to a character. */
const strayAmpersand = /&(?!(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)/;

/**
 * Why a text is no narrative: `form` where it is not a well-formed XHTML div of nothing but the elements and attributes
 * that FHIR allows (txt-1), `empty` where it has no content beyond white space (txt-2). One pass over the text.
 */
export function narrativeProblem(html: string): 'form' | 'empty' | undefined {
  return new Scanner(html).problem();
}

class Scanner {
  readonly #html: string;
  readonly #open: string[] = [];
  #position = 0;
  #hasContent = false;
  /** Paragraphs that are open; more than one is a fault. */
  #paragraphs = 0;
  /** Behind the div. */
  #isOver = false;

  constructor(html: string) {
    this.#html = html;
  }

  problem(): 'form' | 'empty' | undefined {
    const html = this.#html;
    while (this.#position < html.length) {
      const next = html.indexOf('<', this.#position);
      if (!this.#takesText(next < 0 ? html.length : next)) return 'form';
      if (next >= 0 && !this.#takesMarkup()) return 'form';
    }
    if (!this.#isOver) return 'form';
    return this.#hasContent ? undefined : 'empty';
  }

  #takesText(end: number): boolean {
    if (end === this.#position) return true;
    const text = this.#html.slice(this.#position, end);
    this.#position = end;
    if (text.includes('&') && strayAmpersand.test(text)) return false;
    return !/\S/.test(text) || this.#takesContent();
  }

  #takesContent(): boolean {
    this.#hasContent = true;
    return this.#open.length > 0;
  }

  #takesMarkup(): boolean {
    const html = this.#html;
    const position = this.#position;
    if (html.startsWith('</', position)) return this.#closes();
    if (html.startsWith('<!--', position)) return this.#skips('-->', 4);
    if (html.startsWith('<![CDATA[', position)) return this.#takesContent() && this.#skips(']]>', 9);
    return this.#opens();
  }

  #skips(close: string, from: number): boolean {
    const end = this.#html.indexOf(close, this.#position + from);
    this.#position = end + close.length;
    return end >= 0;
  }

  #closes(): boolean {
    const start = this.#position + 2;
    const end = this.#html.indexOf('>', start);
    const name = this.#open.pop();
    if (end < 0 || name !== this.#html.slice(start, end).trimEnd()) return false;
    if (name === 'p') this.#paragraphs--;
    this.#position = end + 1;
    this.#isOver = this.#open.length === 0;
    return true;
  }

  #opens(): boolean {
    const start = this.#position + 1;
    if (this.#html.startsWith(usualStart, this.#position) && this.#open.length === 0 && !this.#isOver) {
      this.#open.push('div');
      this.#position += usualStart.length;
      return true;
    }
    let end = start;
    while (isNameCharacter(this.#html.charCodeAt(end))) end++;
    if (this.#html.charAt(end) === '>' && this.#open.length > 0) {
      const plain = this.#html.slice(start, end);
      this.#position = end + 1;
      return elements.has(plain) && this.#enters(plain);
    }
    rest.lastIndex = end;
    const groups = rest.exec(this.#html)?.groups;
    if (groups === undefined) return false;
    this.#position = rest.lastIndex;
    const name = this.#html.slice(start, end);
    const isRoot = this.#open.length === 0;
    if (this.#isOver || !isAllowed(name, groups['attributes'] ?? '', isRoot)) return false;
    if (name === 'img') this.#hasContent = true;
    if (groups['isEmpty'] === undefined) return this.#enters(name);
    if (isRoot) this.#isOver = true;
    return true;
  }

  #enters(name: string): boolean {
    if (this.#paragraphs > 0 && blocks.has(name)) return false;
    if (name === 'p') this.#paragraphs++;
    this.#open.push(name);
    return true;
  }
}

/** All elements that are allowed have names of lower-case letters and digits. */
function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function isAllowed(name: string, attributes: string, isRoot: boolean): boolean {
  const own = elements.get(name);
  if (own === undefined || (isRoot && name !== 'div')) return false;
  if (attributes === '') return !isRoot;
  const seen = new Map<string, string>();
  for (const [, key = '', quoted, other = ''] of attributes.matchAll(attribute)) {
    const value = quoted ?? other;
    const isKnown = commonAttributes.has(key) || own.has(key);
    if (!isKnown || seen.has(key) || strayAmpersand.test(value) || isScript(key, value)) return false;
    seen.set(key, value);
  }
  const namespace = seen.get('xmlns');
  return namespace === undefined ? !isRoot : namespace === xhtmlNamespace;
}

/** A link that runs a script (narrative.html: no scripts). */
function isScript(key: string, value: string): boolean {
  return (key === 'href' || key === 'src') && /^\P{L}*(?:java|vb)script:/iu.test(undisguised(value));
}

/** A text as browsers read the scheme of a link: references to characters resolved, white space left out. */
export function undisguised(text: string): string {
  return text.replaceAll(characterReference, character).replaceAll(/[\0-\x20]+/g, '');
}

/** References to characters that can stand in a scheme. */
const characterReference = /&(?:#x([0-9a-f]{1,20})|#(\d{1,20})|(Tab|NewLine|colon));?/gi;

function character(_all: string, hexadecimal?: string, decimal?: string, name?: string): string {
  if (name !== undefined) return name === 'colon' ? ':' : '';
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code > 0x10ffff ? '' : String.fromCodePoint(code);
}
