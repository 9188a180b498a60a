import type { LoginRefusal, LoginResult, LoginService } from '../sessions/login-service.ts';
import { accountOf } from './account.ts';
import type { ProfessionalLogin, ProfessionalLogins } from './professional-login.ts';

/** Pro Santé Connect as the login of the authorization server. */
export function pscLoginService(logins: ProfessionalLogins): LoginService {
  return {
    begin: (login) => logins.begin(login),
    async finish(callback, binding) {
      return resultOf(await logins.finish(callback, binding));
    },
  };
}

function resultOf(login: ProfessionalLogin): LoginResult {
  if (login.outcome === 'refused') {
    const { returnTo } = login;
    const reason = refusalOf(login.reason);
    return { outcome: 'refused', reason, ...(returnTo === undefined ? {} : { returnTo }) };
  }
  const { returnTo, identity } = login;
  const { assurance, authenticationMode, authenticatedAt, sessionGroup, sessionEndsAt } = identity;
  const { fhirUser, issuer, subject, activities } = accountOf(login);
  return {
    outcome: 'identified',
    returnTo,
    user: {
      fhirUser,
      issuer,
      subject,
      activities,
      acr: `eidas${assurance}`,
      ...(authenticationMode === undefined ? {} : { amr: [authenticationMode] }),
      authenticatedAt,
      group: sessionGroup,
      endsAt: sessionEndsAt,
    },
  };
}

function refusalOf(reason: Extract<ProfessionalLogin, { outcome: 'refused' }>['reason']): LoginRefusal {
  switch (reason) {
    case 'state':
    case 'denied':
    case 'deactivated':
    case 'unavailable':
      return reason;
    case 'ambiguous':
    case 'login-required':
    case 'assurance':
    case 'token':
    case 'configuration':
      return 'failed';
  }
}
