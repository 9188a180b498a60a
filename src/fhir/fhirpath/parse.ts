import { FhirPathError } from './error.ts';
import { type Token, tokenize } from './tokens.ts';

/** The syntax tree of the FHIRPath subset. */
export type Syntax =
  | { kind: 'this' }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'member'; operand: Syntax; name: string }
  | { kind: 'call'; operand: Syntax; name: string; parameters: Syntax[] }
  | { kind: 'index'; operand: Syntax; index: number }
  | { kind: 'type'; operator: 'is' | 'as'; operand: Syntax; type: string }
  | { kind: 'equality'; negated: boolean; left: Syntax; right: Syntax }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Syntax; right: Syntax }
  | { kind: 'union'; left: Syntax; right: Syntax };

/** Parses an expression by the FHIRPath precedence of operators. Throws FhirPathError. */
export function parseFhirPath(expression: string): Syntax {
  return new Parser(expression).parse();
}

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  parse(): Syntax {
    const syntax = this.#or();
    if (this.#current().kind !== 'end') {
      throw this.#unexpected();
    }
    return syntax;
  }

  #or(): Syntax {
    let left = this.#and();
    while (this.#takeOperator('or')) {
      left = { kind: 'logic', operator: 'or', left, right: this.#and() };
    }
    return left;
  }

  #and(): Syntax {
    let left = this.#equality();
    while (this.#takeOperator('and')) {
      left = { kind: 'logic', operator: 'and', left, right: this.#equality() };
    }
    return left;
  }

  #equality(): Syntax {
    let left = this.#union();
    for (;;) {
      if (this.#takeSymbol('=')) {
        left = { kind: 'equality', negated: false, left, right: this.#union() };
      } else if (this.#takeSymbol('!=')) {
        left = { kind: 'equality', negated: true, left, right: this.#union() };
      } else {
        return left;
      }
    }
  }

  #union(): Syntax {
    let left = this.#type();
    while (this.#takeSymbol('|')) {
      left = { kind: 'union', left, right: this.#type() };
    }
    return left;
  }

  #type(): Syntax {
    let operand = this.#path();
    for (;;) {
      if (this.#takeOperator('as')) {
        operand = { kind: 'type', operator: 'as', operand, type: this.#typeName() };
      } else if (this.#takeOperator('is')) {
        operand = { kind: 'type', operator: 'is', operand, type: this.#typeName() };
      } else {
        return operand;
      }
    }
  }

  /** The name of a type, without the namespace `FHIR` that it may stand in. */
  #typeName(): string {
    const name = this.#identifier();
    return name === 'FHIR' && this.#takeSymbol('.') ? this.#identifier() : name;
  }

  #path(): Syntax {
    let operand = this.#term();
    for (;;) {
      if (this.#takeSymbol('.')) {
        operand = this.#invocation(operand);
      } else if (this.#takeSymbol('[')) {
        operand = { kind: 'index', operand, index: this.#wholeNumber() };
        this.#expectSymbol(']');
      } else {
        return operand;
      }
    }
  }

  #term(): Syntax {
    const token = this.#current();
    if (this.#takeSymbol('(')) {
      const inner = this.#or();
      this.#expectSymbol(')');
      return inner;
    }
    if (token.kind === 'string') {
      this.#position++;
      return { kind: 'literal', value: token.text };
    }
    if (token.kind === 'number') {
      this.#position++;
      return { kind: 'literal', value: Number(token.text) };
    }
    if (token.text === 'true' || token.text === 'false') {
      this.#position++;
      return { kind: 'literal', value: token.text === 'true' };
    }
    if (token.text === '$this') {
      this.#position++;
      return { kind: 'this' };
    }
    return this.#invocation({ kind: 'this' });
  }

  #invocation(operand: Syntax): Syntax {
    const name = this.#identifier();
    if (!this.#takeSymbol('(')) {
      return { kind: 'member', operand, name };
    }
    const parameters: Syntax[] = [];
    if (!this.#takeSymbol(')')) {
      do {
        parameters.push(this.#or());
      } while (this.#takeSymbol(','));
      this.#expectSymbol(')');
    }
    return { kind: 'call', operand, name, parameters };
  }

  #identifier(): string {
    const token = this.#current();
    if (token.kind !== 'identifier' || /[$%]/.test(token.text)) {
      throw this.#unexpected();
    }
    this.#position++;
    return token.text;
  }

  #wholeNumber(): number {
    const token = this.#current();
    if (token.kind !== 'number' || token.text.includes('.')) {
      throw this.#unexpected();
    }
    this.#position++;
    return Number(token.text);
  }

  #current(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: 'the end' };
  }

  #takeSymbol(text: string): boolean {
    return this.#take('symbol', text);
  }

  #takeOperator(text: string): boolean {
    return this.#take('identifier', text);
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.#current();
    if (token.kind !== kind || token.text !== text) {
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
