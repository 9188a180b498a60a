import { type FhirError, fhirError } from '../fhir/error.ts';

/** The refusal of a search that looks at more resources beyond its references than one search may. */
export function tooManyLinks(most: number): FhirError {
  const advice = 'narrow it by parameters of the type that is searched, or search the other type by itself';
  return fhirError(
    403,
    'too-costly',
    `The chains and _has of the search lead over more than ${most} resources: ${advice}`,
  );
}
