import { FhirPathError } from './error.ts';

export interface Token {
  kind:
    | 'identifier'
    /** Between backticks: never a keyword. */
    | 'delimited'
    /** `$this`, with its sign. */
    | 'variable'
    /** `%resource`, without its sign. */
    | 'constant'
    | 'string'
    | 'number'
    /** A date, time or both, without the `@`. */
    | 'temporal'
    | 'symbol'
    | 'end';
  /** Without quotes and escapes. */
  text: string;
}

/** What stands between tokens: space and comments. */
const GAP = String.raw`(?:\s|//[^\n]*|/\*[\s\S]*?\*/)*`;

/** A token with what stands behind it. */
const LEXICAL = new RegExp(
  `(?:${[
    '(?<identifier>[A-Za-z_][A-Za-z0-9_]*)',
    '`(?<delimited>(?:[^`\\\\]|\\\\.)*)`',
    String.raw`(?<variable>\$[a-z]+)`,
    '%(?<constant>(?:vs|ext)-[A-Za-z0-9_-]+|[A-Za-z_][A-Za-z0-9_]*)',
    '%(?<mark>[\'"`])(?<quoted>(?:(?!\\k<mark>)[^\\\\]|\\\\.)*)\\k<mark>',
    String.raw`(?<number>\d+(?:\.\d+)?)`,
    String.raw`'(?<string>(?:[^'\\]|\\.)*)'`,
    String.raw`@(?<temporal>(?:\d{4}(?:-\d\d(?:-\d\d)?)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)`,
    String.raw`(?<symbol>!=|!~|<=|>=|[.()[\]{},|=~<>+*/&-])`,
  ].join('|')})${GAP}`,
  'suy',
);

const LEADING_GAP = new RegExp(GAP, 'uy');

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/** The tokens of an expression, closed by one of kind `end`. Throws FhirPathError on any other character. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  LEADING_GAP.lastIndex = 0;
  LEADING_GAP.exec(expression);
  let position = LEADING_GAP.lastIndex;
  while (position < expression.length) {
    LEXICAL.lastIndex = position;
    const groups = LEXICAL.exec(expression)?.groups;
    if (groups === undefined) {
      throw new FhirPathError(`Unexpected character at position ${position}`, expression);
    }
    tokens.push(tokenOf(groups));
    position = LEXICAL.lastIndex;
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}

const KINDS = ['identifier', 'delimited', 'variable', 'constant', 'number', 'string', 'temporal'] as const;

function tokenOf(groups: Partial<Record<string, string>>): Token {
  if (groups['quoted'] !== undefined) {
    return { kind: 'constant', text: unescaped(groups['quoted']) };
  }
  for (const kind of KINDS) {
    const text = groups[kind];
    if (text !== undefined) {
      return { kind, text: kind === 'string' || kind === 'delimited' ? unescaped(text) : text };
    }
  }
  return { kind: 'symbol', text: groups['symbol'] ?? '' };
}

/** An unknown escape stands for the character itself. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gsu, (_, unit: string | undefined, character: string) =>
    unit === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
