import { randomBytes } from 'node:crypto';
import { fhirError } from '../fhir/error.ts';

/**
 * A new logical id: a UUID version 7 (RFC 9562), whose leading time keeps neighbouring writes together in the
 * store's indexes.
 */
export function newId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const idFormat = /^[A-Za-z0-9\-.]{1,64}$/;

/** @throws FhirError 400 when a logical id is not of the form of R4 datatypes.html#id */
export function checkId(id: string, expression: string): void {
  if (!idFormat.test(id)) {
    throw fhirError(400, 'value', 'A logical id has 1 to 64 characters among A-Z a-z 0-9 - .', expression);
  }
}
