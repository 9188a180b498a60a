import { type FhirError, fhirError } from '../fhir/error.ts';

/**
 * The refusal of a caller who has to log in, or whose token is not taken (RFC 6750, 3).
 * @param problem why the token that came is not taken; absent when there was none. It never holds the token.
 */
export function loginRequired(problem?: string): FhirError {
  const challenge =
    problem === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${problem}"`;
  const diagnostics = problem ?? 'This server is for those who log in: send an access token';
  return fhirError(401, 'login', diagnostics, undefined, { 'WWW-Authenticate': challenge });
}

/** The refusal of what no scope of the token grants; it names the scope that would. */
export function scopeMissing(scope: string): FhirError {
  return fhirError(403, 'forbidden', `The scope ${scope} is missing`, undefined, {
    'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
  });
}
