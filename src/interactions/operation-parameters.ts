import { choiceName } from '../fhir/definitions/property-name.ts';
import type { FhirError } from '../fhir/error.ts';
import { fhirError } from '../fhir/error.ts';
import type { OperationParameter } from './operation.ts';

/** How often each parameter of an operation may be given, by name. */
export type ParameterMaxima = Readonly<Record<string, 1 | '*'>>;

/** @throws FhirError 400 on a parameter that the operation does not have, or has once */
export function checkParameters(
  code: string,
  parameters: readonly OperationParameter[],
  maxima: ParameterMaxima,
): void {
  const seen = new Set<string>();
  for (const { name, expression } of parameters) {
    if (!Object.hasOwn(maxima, name)) {
      const known = Object.keys(maxima);
      const taken = known.length === 0 ? 'no parameter' : `the parameters ${known.join(', ')}`;
      throw fhirError(400, 'not-supported', `$${code} takes ${taken}`, expression);
    }
    if (seen.has(name) && maxima[name] === 1) {
      throw fhirError(400, 'structure', `${name} is given twice`, expression);
    }
    seen.add(name);
  }
}

/** The parameters of one call of an operation, read by name and type (operations.html#request). */
export class GivenParameters {
  readonly #parameters: readonly OperationParameter[];

  /** @throws FhirError 400 as `checkParameters` */
  constructor(code: string, parameters: readonly OperationParameter[], maxima: ParameterMaxima) {
    checkParameters(code, parameters, maxima);
    this.#parameters = parameters;
  }

  all(name: string): OperationParameter[] {
    return this.#parameters.filter((parameter) => parameter.name === name);
  }

  one(name: string): OperationParameter | undefined {
    return this.#parameters.find((parameter) => parameter.name === name);
  }

  /**
   * A value that JSON writes as a string: `code`, `uri`, `date`…
   * @throws FhirError 400 when the value is of another type
   */
  text(name: string, ...types: readonly string[]): string | undefined {
    const parameter = this.one(name);
    return parameter === undefined ? undefined : textOf(parameter, types);
  }

  /** @throws FhirError 400 when the value is neither true nor false */
  boolean(name: string): boolean | undefined {
    const parameter = this.one(name);
    if (parameter === undefined) return undefined;
    const { value, valueType, inQuery } = parameter;
    if (inQuery && (value === 'true' || value === 'false')) return value === 'true';
    if (typeof value === 'boolean' && valueType === 'boolean') return value;
    throw wrongType(parameter, ['boolean']);
  }

  /** @throws FhirError 400 when the value is no whole number of 1 or more */
  positiveInteger(name: string): number | undefined {
    return this.wholeNumber(name, 1);
  }

  /** @throws FhirError 400 when the value is no whole number of `least` or more */
  wholeNumber(name: string, least: number): number | undefined {
    const parameter = this.one(name);
    if (parameter === undefined) return undefined;
    const { value, valueType, inQuery } = parameter;
    const types = ['integer', 'positiveInt', 'unsignedInt'];
    const isNumber = inQuery ? /^\d{1,9}$/.test(String(value)) : types.includes(valueType ?? '');
    const number = Number(value);
    if (isNumber && Number.isInteger(number) && number >= least) return number;
    throw fhirError(400, 'value', `${name} must be a whole number of ${least} or more`, parameter.expression);
  }

  /** The values of a parameter that may come several times, as `text`. */
  texts(name: string, ...types: readonly string[]): string[] {
    return this.all(name).map((parameter) => textOf(parameter, types));
  }
}

/** @throws FhirError 400 when the value is not a text of one of these types */
export function textOf(parameter: OperationParameter, types: readonly string[]): string {
  const { value, valueType, inQuery } = parameter;
  // `string` is taken for any of them: a client that builds Parameters from a query writes it.
  if (
    typeof value === 'string' &&
    value !== '' &&
    (inQuery || [...types, 'string'].includes(valueType ?? ''))
  )
    return value;
  throw wrongType(parameter, types);
}

function wrongType({ name, expression }: OperationParameter, types: readonly string[]): FhirError {
  const elements = types.map((type) => choiceName('value', type));
  return fhirError(400, 'value', `${name} must be a ${elements.join(' or ')}`, expression);
}
