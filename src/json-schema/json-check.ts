import { createRequire } from 'node:module';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';

let made: Ajv | undefined;

/** Loading it takes some 25 ms, and a start seldom has anything to check. */
function ajv(): Ajv {
  if (made === undefined) {
    const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
    // A strict type would have to be told again where a schema takes up another.
    made = new Ajv({ allErrors: true, strictTypes: false });
  }
  return made;
}

/**
 * Checks JSON that is no FHIR, such as the body of a facade or a file of the settings, against a JSON Schema (draft 7),
 * which is compiled when it is first needed.
 */
export class JsonCheck<T> {
  readonly #schema: object;
  #validate: ValidateFunction<T> | undefined;

  constructor(schema: object) {
    this.#schema = schema;
  }

  accepts(value: unknown): value is T {
    this.#validate ??= ajv().compile<T>(this.#schema);
    return this.#validate(value);
  }

  /** All that was wrong with the last value. */
  get errors(): readonly ErrorObject[] {
    return this.#validate?.errors ?? [];
  }

  /** The errors in one text, each with the JSON Pointer of its place; no value stands in it. */
  get problems(): string {
    return this.errors.map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ');
  }
}
