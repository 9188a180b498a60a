import type { FhirPathError } from '../error.ts';
import type { Syntax } from '../syntax.ts';
import { focusPlan } from './paths.ts';
import { collectionPlan, type Plan, type StaticTypes } from './plan.ts';
import type { Types } from './types.ts';

/** What `$this` is where a part of an expression stands. */
export interface Place {
  self: Plan;
  /** Types of `%context`. */
  context: StaticTypes;
}

/** What compiles the parameters of a call. */
interface ParameterCompiler {
  readonly types: Types;
  plan(syntax: Syntax, place: Place): Plan;
  checkTypeName(name: string): void;
  error(problem: string): FhirPathError;
}

/** How a function compiles. */
export interface FunctionRule {
  /** Fewest and most parameters. */
  least: number;
  most: number;
  plan(call: Call): Plan;
}

/** A function call under compilation. */
export class Call {
  readonly operand: Plan;
  readonly #compiler: ParameterCompiler;
  readonly #syntax: Syntax & { kind: 'call' };
  readonly #place: Place;

  constructor(compiler: ParameterCompiler, syntax: Syntax & { kind: 'call' }, operand: Plan, place: Place) {
    this.#compiler = compiler;
    this.#syntax = syntax;
    this.operand = operand;
    this.#place = place;
  }

  get types(): Types {
    return this.#compiler.types;
  }

  /** How many parameters are given. */
  get length(): number {
    return this.#syntax.parameters.length;
  }

  /** A parameter that is a value of its own. */
  parameter(index: number): Plan {
    return this.#compiler.plan(this.#parameter(index), this.#place);
  }

  /** The same, `undefined` where it is not given. */
  optional(index: number): Plan | undefined {
    return index < this.length ? this.parameter(index) : undefined;
  }

  /** A parameter that is evaluated on each value of the input. */
  criterion(index: number): Plan {
    const self = focusPlan(this.operand.types);
    return this.#compiler.plan(this.#parameter(index), { ...this.#place, self });
  }

  /** A parameter that is evaluated on each value that a repetition comes to, of whatever type. */
  projection(index: number): Plan {
    return this.#compiler.plan(this.#parameter(index), { ...this.#place, self: focusPlan(undefined) });
  }

  /** A parameter that is evaluated on the whole input. */
  ofInput(index: number): Plan {
    const self = collectionPlan(this.operand.types, (_, scope) => scope.input);
    return this.#compiler.plan(this.#parameter(index), { ...this.#place, self });
  }

  /** The text that a parameter is written as, where it is a literal. */
  literal(index: number): string | undefined {
    const syntax = this.#syntax.parameters[index];
    return syntax?.kind === 'literal' && typeof syntax.value === 'string' ? syntax.value : undefined;
  }

  /** @throws FhirPathError when the parameter is something else than the name of a type */
  typeName(index: number): string {
    const syntax = this.#parameter(index);
    const name = syntax.kind === 'member' ? qualifiedName(syntax) : undefined;
    if (name === undefined) throw this.error('Something else than the name of a type');
    this.#compiler.checkTypeName(name);
    return name;
  }

  error(problem: string): FhirPathError {
    return this.#compiler.error(problem);
  }

  #parameter(index: number): Syntax {
    return this.#syntax.parameters[index] as Syntax;
  }
}

function qualifiedName({ operand, name }: Syntax & { kind: 'member' }): string | undefined {
  if (operand.kind === 'this') return name;
  const isQualified = operand.kind === 'member' && operand.operand.kind === 'this';
  if (!isQualified) return undefined;
  return operand.name === 'FHIR' ? name : `${operand.name}.${name}`;
}
