/** A `_filter` expression as read (search_filter.html). */
export type FilterSyntax =
  | { kind: 'and' | 'or'; operands: FilterSyntax[] }
  | { kind: 'not'; operand: FilterSyntax }
  | { kind: 'test'; path: string; operator: string; value: string };

/** Tests and parentheses that one filter may hold: each test costs a look-up for each resource. */
const MOST_TESTS = 50;
const DEEPEST = 16;

/** Why a text is no filter that is taken. */
export class FilterSyntaxError extends Error {
  readonly isTooLong: boolean;

  constructor(message: string, isTooLong = false) {
    super(message);
    this.isTooLong = isTooLong;
  }
}

/** A text in quotes with its escapes, a parenthesis, or a run of anything else. */
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)/y;

/**
 * Reads a filter: tests `path operator value`, joined by `and`, which binds closer, and `or`, with `not (…)` and
 * parentheses.
 * @throws FilterSyntaxError
 */
export function parseFilterSyntax(text: string): FilterSyntax {
  return new FilterReader(tokensOf(text)).read();
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const [, token] = TOKEN.exec(trimmed) ?? [];
    if (token === undefined) throw new FilterSyntaxError('a quote that is not closed');
    tokens.push(token);
  }
  return tokens;
}

class FilterReader {
  readonly #tokens: readonly string[];
  #position = 0;
  #tests = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  read(): FilterSyntax {
    const filter = this.#joined('or', () => this.#joined('and', () => this.#term()));
    if (this.#position < this.#tokens.length) throw new FilterSyntaxError('and or or expected');
    return filter;
  }

  #joined(kind: 'and' | 'or', next: () => FilterSyntax): FilterSyntax {
    const operands = [next()];
    while (this.#tokens[this.#position] === kind) {
      this.#position += 1;
      operands.push(next());
    }
    return operands.length === 1 ? (operands[0] as FilterSyntax) : { kind, operands };
  }

  #term(): FilterSyntax {
    const [first, second] = this.#tokens.slice(this.#position);
    if (first === 'not' && second === '(') {
      this.#position += 1;
      return { kind: 'not', operand: this.#inParentheses() };
    }
    return first === '(' ? this.#inParentheses() : this.#test();
  }

  #inParentheses(): FilterSyntax {
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      throw new FilterSyntaxError(`more than ${DEEPEST} parentheses within each other`, true);
    this.#position += 1;
    const filter = this.#joined('or', () => this.#joined('and', () => this.#term()));
    if (this.#tokens[this.#position] !== ')') throw new FilterSyntaxError('a parenthesis that is not closed');
    this.#position += 1;
    this.#depth -= 1;
    return filter;
  }

  #test(): FilterSyntax {
    this.#tests += 1;
    if (this.#tests > MOST_TESTS) throw new FilterSyntaxError(`more than ${MOST_TESTS} tests`, true);
    const [path, operator, value] = this.#tokens.slice(this.#position, this.#position + 3);
    if (value === undefined || [path, operator, value].some((token) => /^[()]$/.test(token ?? ''))) {
      throw new FilterSyntaxError('expected: parameter operator value');
    }
    this.#position += 3;
    return { kind: 'test', path: path as string, operator: operator as string, value: unquoted(value) };
  }
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/gs, '$1') : token;
}
