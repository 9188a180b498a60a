import { isUtf8 } from 'node:buffer';
import { FhirError, type Issue } from './error.ts';
import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './json-marks.ts';
import { knownKey, knownValue, mayBeMetAgain } from './known-strings.ts';

/** JSON.rawJSON of ECMAScript 2025, which the library types do not know yet. */
interface RawJson {
  readonly rawJSON: string;
}
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};

const defaultMaxDepth = 64;

/** Members of an object: no type has as many elements, and an object of many is costly to look through and to copy. */
const mostKeys = 2_000;

/** `maxDepth` for what this server made: a resource, and the bundles of a page or of an answer to a batch around it. */
export const answerMaxDepth = 128;

const elementName = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

/**
 * Parses JSON (RFC 8259) without loss: a number that JavaScript would write otherwise (`1.10`, `1e3`, more digits
 * than a double holds) becomes a `JSON.rawJSON` value, so that JSON.stringify gives the same digits back.
 * A byte order mark at the start is ignored.
 * @param options.maxDepth how many objects and arrays may be open at once, 64 unless told.
 * @throws FhirError 400 `structure` for malformed JSON, invalid UTF-8, a lone surrogate, a duplicate key, the key
 *   `__proto__`, too many keys in one object or too deep nesting. Its text has the line and column, and never a value of
 *   the document.
 */
export function parseJson(input: string | Buffer, options: { maxDepth?: number } = {}): unknown {
  return parserOf(input, options).parse();
}

/** The same; `compact` is the text where it is what JSON.stringify makes of the value, unless a key is an integer. */
export function parseJsonKeepingText(
  input: string | Buffer,
  options: { maxDepth?: number } = {},
): { value: unknown; compact: string | undefined } {
  const parser = parserOf(input, options);
  const value = parser.parse();
  return { value, compact: parser.isCompact ? parser.text : undefined };
}

/**
 * Parses as `parseJson` does, with a pause between the items of the arrays at the top, such as the entries of a Bundle.
 * @param pause resolves when the work may go on
 */
export async function parseJsonInSteps(
  input: string | Buffer,
  pause: () => Promise<void>,
  options: { maxDepth?: number } = {},
): Promise<unknown> {
  return parserOf(input, options).parseInSteps(pause);
}

/** The text of a number as it was written, undefined for a value that is no number. */
export function decimalText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return isRawJSON(value) ? value.rawJSON : undefined;
}

function parserOf(input: string | Buffer, { maxDepth = defaultMaxDepth }: { maxDepth?: number }): Parser {
  const text = typeof input === 'string' ? input : decode(input);
  if (!text.isWellFormed()) throw refusal('the text holds a lone surrogate');
  return new Parser(text, maxDepth);
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw refusal('the text is not valid UTF-8');
  return bytes.toString('utf8');
}

function refusal(problem: string, place: Pick<Issue, 'expression' | 'position'> = {}): FhirError {
  const diagnostics = `Malformed JSON: ${problem}`;
  return new FhirError(400, [{ severity: 'error', code: 'structure', diagnostics, ...place }]);
}

const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const byteOrderMark = 0xfeff;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Recursive descent over the grammar of RFC 8259. */
class Parser {
  readonly text: string;
  readonly maxDepth: number;
  position = 0;
  depth = 0;
  /** Nothing was met so far that JSON.stringify writes otherwise. */
  isCompact = true;
  /** Key or index of the value under way, by depth. */
  readonly path: (string | number)[] = [];
  /** The outermost object, as far as it is read. */
  root: Readonly<Record<string, unknown>> = {};

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
    if (text.charCodeAt(0) !== byteOrderMark) return;
    this.position = 1;
    this.isCompact = false;
  }

  parse(): unknown {
    this.skipSpace();
    const value = this.value();
    this.checkEnd();
    return value;
  }

  async parseInSteps(pause: () => Promise<void>): Promise<unknown> {
    this.skipSpace();
    const isObject = this.text.charCodeAt(this.position) === openBrace;
    const value = isObject ? await this.objectInSteps(pause) : this.value();
    this.checkEnd();
    return value;
  }

  checkEnd(): void {
    this.skipSpace();
    if (this.position < this.text.length) throw this.error('content after the end');
  }

  value(): unknown {
    const code = this.text.charCodeAt(this.position);
    if (code === quote) return this.string();
    if (code === openBrace) return this.object();
    if (code === openBracket) return this.array();
    if (code === minus || (code >= zero && code <= nine)) return this.number();
    if (this.accepts('true')) return true;
    if (this.accepts('false')) return false;
    if (this.accepts('null')) return null;
    throw this.error('a value is expected');
  }

  object(): Record<string, unknown> {
    this.enter();
    const object: Record<string, unknown> = {};
    if (this.depth === 1) this.root = object;
    if (this.closes(closeBrace)) return object;
    for (let count = 1; ; count++) {
      const key = this.key(object, count);
      object[key] = this.value();
      if (this.ends(closeBrace)) return object;
    }
  }

  async objectInSteps(pause: () => Promise<void>): Promise<Record<string, unknown>> {
    this.enter();
    const object: Record<string, unknown> = {};
    this.root = object;
    if (this.closes(closeBrace)) return object;
    for (let count = 1; ; count++) {
      const key = this.key(object, count);
      const isArray = this.text.charCodeAt(this.position) === openBracket;
      object[key] = isArray ? await this.arrayInSteps(pause) : this.value();
      if (this.ends(closeBrace)) return object;
    }
  }

  /**
   * The key of the next member of an object, up to the value.
   * @param count how many members there are with it
   */
  key(object: Readonly<Record<string, unknown>>, count: number): string {
    if (this.text.charCodeAt(this.position) !== quote) throw this.error('a key in double quotes is expected');
    const start = this.position;
    const key = this.keyString();
    this.path[this.depth] = key;
    if (count > mostKeys) throw this.error(`more than ${mostKeys} keys in one object`, start);
    if (key === '__proto__') throw this.error('this key is not allowed', start);
    if (Object.hasOwn(object, key)) throw this.duplicate(start);
    this.skipSpace();
    if (this.text.charCodeAt(this.position) !== colon) throw this.error('a colon is expected');
    this.position++;
    this.skipSpace();
    return key;
  }

  array(): unknown[] {
    this.enter();
    const array: unknown[] = [];
    if (this.closes(closeBracket)) return array;
    for (;;) {
      this.path[this.depth] = array.length;
      array.push(this.value());
      if (this.ends(closeBracket)) return array;
    }
  }

  async arrayInSteps(pause: () => Promise<void>): Promise<unknown[]> {
    this.enter();
    const array: unknown[] = [];
    if (this.closes(closeBracket)) return array;
    for (;;) {
      await pause();
      this.path[this.depth] = array.length;
      array.push(this.value());
      if (this.ends(closeBracket)) return array;
    }
  }

  enter(): void {
    if (++this.depth > this.maxDepth) throw this.error(`too deep, more than ${this.maxDepth} levels`);
    this.position++;
    this.skipSpace();
  }

  /** Consumes the closing character of an object or array when it comes now. */
  closes(close: number): boolean {
    if (this.text.charCodeAt(this.position) !== close) return false;
    this.position++;
    this.depth--;
    return true;
  }

  /** After a member: true at the end of the object or array, false behind a comma. */
  ends(close: number): boolean {
    this.skipSpace();
    if (this.closes(close)) return true;
    if (this.text.charCodeAt(this.position) !== comma) throw this.error('a comma or the end is expected');
    this.position++;
    this.skipSpace();
    return false;
  }

  /** As `string`, for the key of a member. */
  keyString(): string {
    const { text } = this;
    const start = this.position + 1;
    let position = start;
    let hash = 0;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === quote) {
        this.position = position + 1;
        return knownKey(text, start, position, hash);
      }
      // Escapes and errors are seen to where strings are read.
      if (code === backslash || !(code >= 0x20)) return this.string();
      hash = Math.imul(hash, 31) + code;
      position++;
    }
  }

  string(): string {
    const { text } = this;
    const start = this.position + 1;
    let position = start;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === quote) {
        this.position = position + 1;
        return mayBeMetAgain(text, start, position, this.path[this.depth])
          ? knownValue(text, start, position)
          : text.slice(start, position);
      }
      if (code === backslash) return this.escapedString(start, position);
      // The negation also holds at the end of the text, where the code is NaN.
      if (!(code >= 0x20)) throw this.error('a control character or the end within a string', position);
      position++;
    }
  }

  /** The string from `start`, whose first escape stands at `position`. */
  escapedString(start: number, position: number): string {
    const { text } = this;
    let value = '';
    let rest = start;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === quote) break;
      if (!(code >= 0x20)) throw this.error('a control character or the end within a string', position);
      if (code !== backslash) {
        position++;
        continue;
      }
      value += text.slice(rest, position);
      const letter = text.charAt(position + 1);
      if (letter === '/' || letter === 'u') this.isCompact = false;
      if (letter === 'u') {
        value += String.fromCharCode(this.escapedUnit(position));
        position += 6;
      } else {
        const character = escapes[letter];
        if (character === undefined) throw this.error('an unknown escape', position);
        value += character;
        position += 2;
      }
      rest = position;
    }
    value += text.slice(rest, position);
    if (!value.isWellFormed()) throw this.error('a lone surrogate', start);
    this.position = position + 1;
    return value;
  }

  escapedUnit(position: number): number {
    const digits = this.text.slice(position + 2, position + 6);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw this.error('four hexadecimal digits are expected', position);
    return Number.parseInt(digits, 16);
  }

  number(): number | RawJson {
    const { text } = this;
    const start = this.position;
    if (text.charCodeAt(start) === minus) this.position++;
    if (text.charCodeAt(this.position) === zero) this.position++;
    else this.digits();
    if (text.charCodeAt(this.position) === dot) {
      this.position++;
      this.digits();
    }
    const exponent = text.charAt(this.position);
    if (exponent === 'e' || exponent === 'E') {
      const sign = text.charAt(++this.position);
      if (sign === '+' || sign === '-') this.position++;
      this.digits();
    }
    const token = text.slice(start, this.position);
    const value = Number(token);
    return String(value) === token ? value : rawJSON(token);
  }

  digits(): void {
    const start = this.position;
    let code = this.text.charCodeAt(this.position);
    while (code >= zero && code <= nine) code = this.text.charCodeAt(++this.position);
    if (this.position === start) throw this.error('a digit is expected');
  }

  accepts(word: string): boolean {
    if (!this.text.startsWith(word, this.position)) return false;
    this.position += word.length;
    return true;
  }

  skipSpace(): void {
    let code = this.text.charCodeAt(this.position);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.isCompact = false;
      code = this.text.charCodeAt(++this.position);
    }
  }

  error(problem: string, offset = this.position, place: Pick<Issue, 'expression'> = {}): FhirError {
    const before = this.text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    return refusal(`${problem}, line ${line} column ${column}`, { ...place, position: { line, column } });
  }

  duplicate(offset: number): FhirError {
    return this.error('the same key twice in one object', offset, { expression: this.expression() });
  }

  /** FHIRPath of the value under way; a key that is no element name is left out, as it may be anything. */
  expression(): string {
    const { resourceType } = this.root;
    let expression = typeof resourceType === 'string' && elementName.test(resourceType) ? resourceType : '';
    for (const step of this.path.slice(1, this.depth + 1)) {
      if (typeof step === 'number') expression += `[${step}]`;
      else expression += `.${elementName.test(step) ? step : '?'}`;
    }
    return expression.startsWith('.') ? expression.slice(1) : expression;
  }
}
