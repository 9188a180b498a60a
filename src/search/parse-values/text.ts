import type { Expression } from '../expression.ts';
import type { TextPart } from '../text-parts.ts';
import { wordsOf } from '../text-words.ts';
import { type CriterionContext, malformedValue } from './context.ts';

/** Phrases and parentheses that one text search may hold: each phrase costs a look-up for each resource. */
const MOST_PHRASES = 50;
const DEEPEST = 16;

/** Words of all phrases: those of one are looked up one after the other. */
const MOST_WORDS = 200;

/** Letters and digits that a beginning of a word has at least: with fewer it could be any word. */
const SHORTEST_BEGINNING = 3;

const EXPECTED =
  `words, "quoted phrases" and beginnings of words (hepat*, ${SHORTEST_BEGINNING} letters or more), joined by ` +
  `AND, OR, NOT and parentheses, at most ${MOST_PHRASES} of them and ${MOST_WORDS} words`;

/** A phrase in quotes, a parenthesis, a comma, or a run of anything else; a phrase or a run may end in `*`. */
const TOKEN = /\s*("[^"]*"\*?|[(),]|[^\s(),"]+)/y;

/**
 * The condition of `_text` or `_content` (search.html#text). The operators are read in any case, as in R4's own
 * example; words without one between them have to be there all. `AND` binds closer than `OR`; a comma is an `OR`.
 * @throws FhirError 400 `value` when the text cannot be read or is too long
 */
export function parseTextValue(part: TextPart, value: string, { name }: CriterionContext): Expression {
  const reader = new TextReader(part, tokensOf(value));
  const condition = reader.read();
  if (condition === undefined) throw malformedValue(name, EXPECTED);
  return condition;
}

/** Signs without a letter or a digit say nothing. */
function tokensOf(value: string): string[] {
  const tokens: string[] = [];
  const text = value.replace(/\\[,|$\\]/g, ' ').trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    // A quote that is not closed is no token.
    if (token === undefined) return [];
    if (/^[(),]$/.test(token) || wordsOf(token).length > 0) tokens.push(token);
  }
  return tokens;
}

/** Reads tokens by recursive descent; `undefined` wherever they make no expression. */
class TextReader {
  readonly #part: TextPart;
  readonly #tokens: readonly string[];
  #position = 0;
  #phrases = 0;
  #words = 0;
  #depth = 0;

  constructor(part: TextPart, tokens: readonly string[]) {
    this.#part = part;
    this.#tokens = tokens;
  }

  read(): Expression | undefined {
    const condition = this.#alternatives();
    return this.#position === this.#tokens.length ? condition : undefined;
  }

  #alternatives(): Expression | undefined {
    const operands = [this.#conjunction()];
    while (this.#take(',') || this.#takeOperator('or')) operands.push(this.#conjunction());
    return complete(operands, (found) => this.#joined('or', found));
  }

  #conjunction(): Expression | undefined {
    const operands = [this.#term()];
    while (this.#takeOperator('and') || this.#startsTerm()) operands.push(this.#term());
    return complete(operands, (found) => this.#joined('and', found));
  }

  #startsTerm(): boolean {
    const token = this.#tokens[this.#position];
    return token !== undefined && !/^(?:[),]|or)$/i.test(token);
  }

  #term(): Expression | undefined {
    if (this.#takeOperator('not')) {
      const operand = this.#nested(() => this.#term());
      return operand && { kind: 'not', operand };
    }
    if (!this.#take('(')) return this.#phrase();
    const condition = this.#nested(() => this.#alternatives());
    return this.#take(')') ? condition : undefined;
  }

  #nested(read: () => Expression | undefined): Expression | undefined {
    if (this.#depth === DEEPEST) return undefined;
    this.#depth += 1;
    const condition = read();
    this.#depth -= 1;
    return condition;
  }

  #phrase(): Expression | undefined {
    const token = this.#tokens[this.#position] ?? '';
    if (/^(?:[(),]|and|or|not|)$/i.test(token)) return undefined;
    this.#position += 1;
    this.#phrases += 1;
    if (this.#phrases > MOST_PHRASES) return undefined;
    const words = wordsOf(token);
    this.#words += words.length;
    if (this.#words > MOST_WORDS) return undefined;
    if (!token.endsWith('*')) return { kind: 'text', part: this.#part, query: { words } };
    if ((words.at(-1) ?? '').length < SHORTEST_BEGINNING) return undefined;
    return { kind: 'text', part: this.#part, query: { words, prefix: true } };
  }

  /** Words are joined within one look-up, as long as something has to be there. */
  #joined(kind: 'and' | 'or', operands: Expression[]): Expression {
    const [first, ...others] = operands;
    if (first !== undefined && others.length === 0) return first;
    const words = operands.flatMap((one) => (one.kind === 'text' ? [one.query] : []));
    const without = operands.flatMap((one) =>
      kind === 'and' && one.kind === 'not' && one.operand.kind === 'text' ? [one.operand.query] : [],
    );
    if (words.length === 0 || words.length + without.length < operands.length) return { kind, operands };
    const query = kind === 'or' ? { any: words } : { all: words, none: without };
    return { kind: 'text', part: this.#part, query };
  }

  #takeOperator(operator: 'and' | 'or' | 'not'): boolean {
    return this.#take(operator, this.#tokens[this.#position]?.toLowerCase());
  }

  #take(wanted: string, token = this.#tokens[this.#position]): boolean {
    if (token !== wanted) return false;
    this.#position += 1;
    return true;
  }
}

function complete(
  operands: readonly (Expression | undefined)[],
  combine: (operands: Expression[]) => Expression,
): Expression | undefined {
  const found = operands.filter((operand) => operand !== undefined);
  return found.length === operands.length ? combine(found) : undefined;
}
