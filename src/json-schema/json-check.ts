import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

// A strict type would have to be told again where a schema takes up another.
const ajv = new Ajv({ allErrors: true, strictTypes: false });

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
    this.#validate ??= ajv.compile<T>(this.#schema);
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
