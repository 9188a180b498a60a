import { FhirPathError } from './error.ts';

export interface Token {
  kind: 'identifier' | 'string' | 'number' | 'symbol' | 'end';
  /** Without quotes and escapes. */
  text: string;
}

const LEXICAL =
  /\s*(?:(?<identifier>[A-Za-z_$%][A-Za-z0-9_]*)|(?<number>\d+(?:\.\d+)?)|'(?<string>(?:[^'\\]|\\.)*)'|(?<symbol>!=|[.()[\],|=]))/suy;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/** The tokens of an expression, closed by one of kind `end`. Throws FhirPathError on any other character. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  LEXICAL.lastIndex = 0;
  while (LEXICAL.lastIndex < end) {
    const position = LEXICAL.lastIndex;
    const groups = LEXICAL.exec(expression)?.groups;
    if (groups === undefined) {
      throw new FhirPathError(`Unexpected character at position ${position}`, expression);
    }
    tokens.push(tokenOf(groups));
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}

function tokenOf(groups: Partial<Record<string, string>>): Token {
  if (groups['identifier'] !== undefined) {
    return { kind: 'identifier', text: groups['identifier'] };
  }
  if (groups['number'] !== undefined) {
    return { kind: 'number', text: groups['number'] };
  }
  if (groups['string'] !== undefined) {
    const text = groups['string'].replace(
      /\\(.)/gsu,
      (_, character: string) => ESCAPES[character] ?? character,
    );
    return { kind: 'string', text };
  }
  return { kind: 'symbol', text: groups['symbol'] ?? '' };
}
