import { type FhirError, fhirError } from '../fhir/error.ts';

/** The refusal of a search that has had its time. */
export function searchTimeout(): FhirError {
  const diagnostics = 'The search took longer than a search may and was stopped: narrow it by a criterion';
  return fhirError(503, 'timeout', diagnostics, undefined, { 'Retry-After': '10' });
}
