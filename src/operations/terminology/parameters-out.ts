import type { Coding, ParametersParameter } from 'fhir/r4.d.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';

/** The answer of an operation with these parameters; those that are undefined are left out. */
export function parametersAnswer(parameters: readonly (ParametersParameter | undefined)[]): FhirResponse {
  const parameter = parameters.filter((one) => one !== undefined);
  return { status: 200, body: jsonBody({ resourceType: 'Parameters', parameter }) };
}

export function stringParameter(
  name: string,
  valueString: string | undefined,
): ParametersParameter | undefined {
  return valueString === undefined ? undefined : { name, valueString };
}

export function codingParameter(
  name: string,
  valueCoding: Coding | undefined,
): ParametersParameter | undefined {
  return valueCoding === undefined ? undefined : { name, valueCoding };
}
