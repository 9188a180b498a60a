import { errors, interactionPolicy } from 'oidc-provider';
import type { Logins } from '../sessions/logins.ts';

const { base, Check } = interactionPolicy;

/**
 * When the user has to log in, beyond what OpenID Connect says: when the login that the session of the browser rests on
 * has ended, such as by a logout at Pro Santé Connect, the account may not enter any more, or is of another tenant.
 */
export function loginPolicy(logins: Logins): interactionPolicy.DefaultPolicy {
  const policy = base();
  policy.get('login')?.checks.add(
    new Check('login_ended', 'the login has ended', 'login_required', async ({ oidc }) => {
      if (oidc.session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT;
      const hasJustLoggedIn = oidc.result?.login !== undefined;
      if (oidc.account === undefined || oidc.account['tenant'] !== oidc.client?.['tenant']) {
        if (hasJustLoggedIn) throw new errors.AccessDenied('the account may not enter');
        return Check.REQUEST_PROMPT;
      }
      if (hasJustLoggedIn) return Check.NO_NEED_TO_PROMPT;
      return (await logins.isLive(oidc.session.uid)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  return policy;
}
