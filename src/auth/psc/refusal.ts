import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import type { PscRefusal } from './relying-party.ts';
import { PscUnavailable } from './transport.ts';

/** The authentication of a professional is weaker than what was asked for. */
export class WeakAuthentication extends Error {
  constructor() {
    super('The level of assurance is too low');
    this.name = 'WeakAuthentication';
  }
}

/** What an error on the way of a login means. */
export function refusalOf(error: unknown): PscRefusal {
  for (const cause of causes(error)) {
    if (cause instanceof PscUnavailable) return 'unavailable';
    if (cause instanceof WeakAuthentication) return 'assurance';
    if (cause instanceof AuthorizationResponseError) return ofCallback(cause.error);
    if (cause instanceof ResponseBodyError) return ofTokenEndpoint(cause.error);
  }
  return 'token';
}

/** Codes of RFC 6749, section 4.1.2.1, and of OpenID Connect Core 1.0, section 3.1.2.6. */
function ofCallback(code: string): PscRefusal {
  switch (code) {
    case 'access_denied':
      return 'denied';
    case 'login_required':
    case 'interaction_required':
    case 'consent_required':
    case 'account_selection_required':
      return 'login-required';
    case 'server_error':
    case 'temporarily_unavailable':
      return 'unavailable';
    default:
      return 'configuration';
  }
}

/** Codes of RFC 6749, section 5.2: a code that is not valid is no fault of the settings. */
function ofTokenEndpoint(code: string): PscRefusal {
  return code === 'invalid_grant' ? 'token' : 'configuration';
}

function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let each = error; each instanceof Error && !found.includes(each); each = each.cause) found.push(each);
  return found;
}
