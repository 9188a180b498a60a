import { fhirError } from '../error.ts';

/** As deep as `parseJson` reads a resource again. */
const greatestDepth = 64;
const mostValues = 500_000;

/**
 * Refuses what a patch made too large: copies of copies grow with the power of two.
 * @throws FhirError 422 on more levels than can be read again, or more values than a resource is given
 */
export function checkSize(document: unknown): void {
  let values = 0;
  const visit = (value: unknown, depth: number): void => {
    if (++values > mostValues || depth > greatestDepth) {
      throw fhirError(422, 'too-long', 'The patch makes the resource too large or too deep');
    }
    if (!(value instanceof Object)) return;
    for (const child of Object.values(value)) visit(child, depth + (child instanceof Object ? 1 : 0));
  };
  visit(document, 1);
}
