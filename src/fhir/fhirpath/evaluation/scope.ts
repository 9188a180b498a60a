import { FhirPathError } from '../error.ts';
import type { Environment, Work } from '../expression.ts';
import { type Node, type Nodes, nothing } from './node.ts';
import type { Types } from './types.ts';

/** The state of one evaluation. */
export class Scope {
  readonly environment: Environment;
  readonly types: Types;
  /** `%context` */
  readonly context: Node;
  /** `$index` of the innermost function that has one. */
  index = 0;
  /** `$total` */
  total: Nodes = nothing;
  /** The input of the innermost `iif`, which `$this` stands for in its parameters. */
  input: Nodes = nothing;
  readonly #text: string;
  readonly #work: Work;

  constructor(environment: Environment, types: Types, context: Node, text: string) {
    this.environment = environment;
    this.types = types;
    this.context = context;
    this.#text = text;
    this.#work = environment.work;
  }

  /** @throws FhirPathError when the work limit of the validation is reached */
  spend(steps: number): void {
    this.#work.steps -= steps;
    if (this.#work.steps < 0) throw this.error('Too much work');
  }

  /** What `make` finds out about the resource, remembered under `key` for the whole validation. */
  remembered<Result>(key: object, make: () => Result): Result {
    return this.rememberedOf(this.environment.resource, key, make);
  }

  /** The same about another value. */
  rememberedOf<Result>(about: unknown, key: object, make: () => Result): Result {
    const { results } = this.#work;
    let known = results.get(about);
    if (known === undefined) {
      known = new Map();
      results.set(about, known);
    }
    if (known.has(key)) return known.get(key) as Result;
    const result = make();
    known.set(key, result);
    return result;
  }

  error(problem: string): FhirPathError {
    return new FhirPathError(problem, this.#text);
  }
}
