import { FhirPathError } from './error.ts';
import type { Operator, Syntax } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

/** The parser and what follows it go down the tree of an expression: its tokens bound their depth. */
const mostTokens = 2000;
const greatestNesting = 100;

const calendarUnits: ReadonlySet<string> = new Set(
  ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap((unit) => [
    unit,
    `${unit}s`,
  ]),
);

/** Binary operators, those that bind least first (FHIRPath N1, operator precedence). */
const operatorsByLevel: readonly (readonly string[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '!=', '~', '!~'],
  ['<', '<=', '>', '>='],
  ['|'],
  ['is', 'as'],
  ['+', '-', '&'],
  ['*', '/', 'div', 'mod'],
];

const levels: ReadonlyMap<string, number> = new Map(
  operatorsByLevel.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);

/** Parses an expression by the FHIRPath precedence of operators. Throws FhirPathError. */
export function parseFhirPath(expression: string): Syntax {
  return new Parser(expression).parse();
}

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #nesting = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
    if (this.#tokens.length > mostTokens) {
      throw new FhirPathError(`More than ${mostTokens} tokens`, `${expression.slice(0, 100)}…`);
    }
  }

  parse(): Syntax {
    const syntax = this.#expressionOf();
    if (this.#current().kind !== 'end') {
      throw this.#unexpected();
    }
    return syntax;
  }

  /** A whole expression: at the top, between parentheses and as a parameter. */
  #expressionOf(): Syntax {
    if (++this.#nesting > greatestNesting) {
      throw new FhirPathError(`More than ${greatestNesting} levels of parentheses`, this.#expression);
    }
    const syntax = this.#binary(0);
    this.#nesting--;
    return syntax;
  }

  /** Operators that bind at least as much as a level, from left to right. */
  #binary(least: number): Syntax {
    let left = this.#polarity();
    for (;;) {
      const { kind, text } = this.#current();
      const level = kind === 'symbol' || kind === 'identifier' ? levels.get(text) : undefined;
      if (level === undefined || level < least) {
        return left;
      }
      this.#position++;
      left =
        text === 'is' || text === 'as'
          ? { kind: 'type', operator: text, operand: left, type: this.#typeName() }
          : binarySyntax(text, left, this.#binary(level + 1));
    }
  }

  #polarity(): Syntax {
    const isNegative = this.#takeSymbol('-');
    if (!isNegative) {
      this.#takeSymbol('+');
    }
    const operand = this.#path();
    if (!isNegative) {
      return operand;
    }
    return operand.kind === 'literal' && typeof operand.value === 'number'
      ? { ...operand, value: -operand.value }
      : { kind: 'negative', operand };
  }

  /** The name of a type, without the namespace `FHIR` that it may stand in. */
  #typeName(): string {
    const name = this.#identifier();
    if (!this.#takeSymbol('.')) {
      return name;
    }
    const inNamespace = this.#identifier();
    return name === 'FHIR' ? inNamespace : `${name}.${inNamespace}`;
  }

  #path(): Syntax {
    let operand = this.#term();
    for (;;) {
      if (this.#takeSymbol('.')) {
        operand = this.#invocation(operand);
      } else if (this.#takeSymbol('[')) {
        operand = itemSyntax(operand, this.#expressionOf());
        this.#expectSymbol(']');
      } else {
        return operand;
      }
    }
  }

  #term(): Syntax {
    const token = this.#current();
    if (this.#takeSymbol('(')) {
      const inner = this.#expressionOf();
      this.#expectSymbol(')');
      return inner;
    }
    if (this.#takeSymbol('{')) {
      this.#expectSymbol('}');
      return { kind: 'nothing' };
    }
    const isBoolean = token.kind === 'identifier' && (token.text === 'true' || token.text === 'false');
    if (isBoolean) {
      this.#position++;
      return { kind: 'literal', value: token.text === 'true' };
    }
    if (token.kind === 'identifier' || token.kind === 'delimited' || token.kind === 'symbol') {
      return this.#invocation({ kind: 'this' });
    }
    this.#position++;
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text };
      case 'number':
        return this.#number(token.text);
      case 'temporal':
        return { kind: 'temporal', text: token.text };
      case 'constant':
        return { kind: 'constant', name: token.text };
      case 'variable':
        if (token.text === '$this') return { kind: 'this' };
        if (token.text === '$index') return { kind: 'variable', name: 'index' };
        if (token.text === '$total') return { kind: 'variable', name: 'total' };
    }
    this.#position--;
    throw this.#unexpected();
  }

  /** A number, or a quantity where a unit follows. */
  #number(text: string): Syntax {
    const value = Number(text);
    const next = this.#current();
    if (next.kind === 'string' || (next.kind === 'identifier' && calendarUnits.has(next.text))) {
      this.#position++;
      return { kind: 'quantity', value, unit: next.kind === 'string' ? next.text : calendarUnit(next.text) };
    }
    return { kind: 'literal', value, ...(text.includes('.') ? { isDecimal: true } : {}) };
  }

  #invocation(operand: Syntax): Syntax {
    const name = this.#identifier();
    if (!this.#takeSymbol('(')) {
      return { kind: 'member', operand, name };
    }
    const parameters: Syntax[] = [];
    if (!this.#takeSymbol(')')) {
      do {
        parameters.push(this.#expressionOf());
      } while (this.#takeSymbol(','));
      this.#expectSymbol(')');
    }
    return { kind: 'call', operand, name, parameters };
  }

  #identifier(): string {
    const token = this.#current();
    if (token.kind !== 'identifier' && token.kind !== 'delimited') {
      throw this.#unexpected();
    }
    this.#position++;
    return token.text;
  }

  #current(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: 'the end' };
  }

  #takeSymbol(text: string): boolean {
    const token = this.#current();
    if (token.kind !== 'symbol' || token.text !== text) {
      return false;
    }
    this.#position++;
    return true;
  }

  #expectSymbol(text: string): void {
    if (!this.#takeSymbol(text)) {
      throw this.#unexpected();
    }
  }

  #unexpected(): FhirPathError {
    return new FhirPathError(`Unexpected ${this.#current().text}`, this.#expression);
  }
}

function binarySyntax(operator: string, left: Syntax, right: Syntax): Syntax {
  switch (operator) {
    case '=':
    case '!=':
      return { kind: 'equality', negated: operator === '!=', left, right };
    case 'and':
    case 'or':
      return { kind: 'logic', operator, left, right };
    case '|':
      return { kind: 'union', left, right };
    default:
      return { kind: 'operation', operator: operator as Operator, left, right };
  }
}

function itemSyntax(operand: Syntax, index: Syntax): Syntax {
  const isWholeNumber =
    index.kind === 'literal' &&
    typeof index.value === 'number' &&
    index.value >= 0 &&
    index.isDecimal === undefined;
  return isWholeNumber
    ? { kind: 'index', operand, index: index.value as number }
    : { kind: 'item', operand, index };
}

function calendarUnit(text: string): string {
  return text.endsWith('s') ? text.slice(0, -1) : text;
}
