import { type FhirError, fhirError } from '../../../fhir/error.ts';
import type { ProfessionalLogin } from '../professional-login.ts';

/** What a refused login means to the caller of the facade. */
export function loginRefusal(
  reason: Extract<ProfessionalLogin, { outcome: 'refused' }>['reason'],
): FhirError {
  switch (reason) {
    case 'state':
      return fhirError(
        400,
        'expired',
        'This login was not begun by this browser, is over or too old',
        'state',
      );
    case 'denied':
      return fhirError(403, 'forbidden', 'The login was refused at Pro Santé Connect');
    case 'login-required':
      return fhirError(401, 'login', 'Pro Santé Connect asks for a new login');
    case 'assurance':
      return fhirError(403, 'forbidden', 'The authentication at Pro Santé Connect is not strong enough here');
    case 'deactivated':
      return fhirError(403, 'suppressed', 'This professional is deactivated here');
    case 'ambiguous':
      return fhirError(409, 'duplicate', 'Several professionals here hold an identifier of this one');
    case 'token':
      return fhirError(401, 'security', 'What Pro Santé Connect sent could not be verified');
    case 'unavailable':
    case 'configuration':
      return fhirError(503, 'transient', 'Pro Santé Connect is not available', undefined, {
        'Retry-After': '30',
      });
  }
}
