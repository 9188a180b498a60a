import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { createValidator } from '../../src/validation/validator.ts';

const validator = createValidator(loadDefinitions());

/** The issues of a resource, each as `code expression`. */
export function issuesOf(resource: object): string[] {
  return validator.validate(resource as Resource).map(({ code, expression }) => `${code} ${expression}`);
}

/** The same for a resource as JSON text, whose decimals keep their digits. */
export function issuesOfText(text: string): string[] {
  return issuesOf(parseJson(text) as Resource);
}

/** A Patient with these elements. */
export function patient(elements: object): object {
  return { resourceType: 'Patient', ...elements };
}

/** An Observation with its required elements and these. */
export function observation(elements: object): object {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Weight' },
    ...elements,
  };
}
