import { randomUUID } from 'node:crypto';
import { fhirError } from '../fhir/error.ts';

/**
 * A new logical id: a UUID version 7 (RFC 9562), whose leading time keeps neighbouring writes together in the
 * store's indexes.
 */
export function newId(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  // Beyond its version a random UUID has the layout of version 7; Node.js draws its random bytes many at a time.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

const idFormat = /^[A-Za-z0-9\-.]{1,64}$/;

/** @throws FhirError 400 when a logical id is not of the form of R4 datatypes.html#id */
export function checkId(id: unknown, expression: string): void {
  if (typeof id !== 'string' || !idFormat.test(id)) {
    throw fhirError(400, 'value', 'A logical id has 1 to 64 characters among A-Z a-z 0-9 - .', expression);
  }
}
