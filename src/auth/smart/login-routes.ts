import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { Interaction } from 'oidc-provider';
import { nameOf } from '../sealed.ts';
import type { IdentifiedUser, LoginRefusal, LoginResult } from '../sessions/login-service.ts';
import { consentTexts } from './consent-texts.ts';
import { answering, currentInteraction, requestLanguage, sendPage } from './interaction-answers.ts';
import type { InteractionParts } from './interaction-parts.ts';
import { html } from './page.ts';

/** Path of this server that the login service sends browsers back to. */
const loginCallbackPath = '/login/callback';

/** Milliseconds that a browser has to come back from the callback to its interaction. */
const handOverTime = 60_000;

/** Seconds that a browser keeps the secret that binds its logins. */
const bindingLifetime = 900;

/** Sends the browser to the login service. */
export async function beginLogin(
  { clients, login, origin }: InteractionParts,
  { uid, params, prompt }: Interaction,
  request: Request,
  response: Response,
): Promise<void> {
  const client = await clients.find(String(params['client_id']));
  const maxAge = Number(params['max_age']);
  const url = await login.begin({
    tenant: client?.tenant ?? '',
    returnTo: `/interaction/${uid}/login`,
    binding: bindingOf(request) ?? newBinding(response, origin),
    ...(prompt.reasons.includes('login_prompt') ? { prompt: 'login' as const } : {}),
    ...(params['max_age'] !== undefined && Number.isSafeInteger(maxAge) ? { maxAge } : {}),
    ...(typeof params['login_hint'] === 'string' ? { loginHint: params['login_hint'] } : {}),
  });
  response.redirect(303, url.href);
}

/** Where browsers come back to from the login service, and go on with their interaction. */
export function loginRoutes(parts: InteractionParts): Router {
  const { provider, login, accounts, clients, expiring, origin } = parts;
  const router = Router();
  // The cookie of an interaction is bound to its path: this address cannot see it, and hands over.
  router.get(
    loginCallbackPath,
    answering(parts.report, async (request, response) => {
      const result = await login.finish(new URL(request.originalUrl, origin), bindingOf(request) ?? '');
      if (result.outcome === 'refused') return refuse(parts, result, request, response);
      const { returnTo, user } = result;
      await expiring.put(handOverKey(returnTo), JSON.stringify(user), handOverTime);
      response.redirect(303, returnTo);
    }),
  );
  router.get(
    '/interaction/:uid/login',
    answering(parts.report, async (request, response) => {
      const { uid, prompt, params } = await currentInteraction(provider, request, response);
      const text = await expiring.take(handOverKey(`/interaction/${uid}/login`));
      if (text === undefined || prompt.name !== 'login') return response.redirect(303, `/interaction/${uid}`);
      const client = await clients.find(String(params['client_id']));
      const user = JSON.parse(text) as IdentifiedUser;
      const { fhirUser, issuer, subject, activities } = user;
      const tenant = client?.tenant ?? '';
      const account = await accounts.save({ tenant, fhirUser, issuer, subject, activities });
      parts.report({ kind: 'login', outcome: 'identified', account }, request);
      const { acr, amr, authenticatedAt, group, endsAt } = user;
      const result = {
        login: {
          accountId: account.id,
          ts: authenticatedAt,
          // Work stations are shared: the session ends with the browser.
          remember: false,
          ...(acr === undefined ? {} : { acr }),
          ...(amr === undefined ? {} : { amr: [...amr] }),
        },
        loginEnd: { group, endsAt },
      };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    }),
  );
  return router;
}

function refuse(
  parts: InteractionParts,
  { reason, returnTo }: Extract<LoginResult, { outcome: 'refused' }>,
  request: Request,
  response: Response,
): void {
  parts.report({ kind: 'login', outcome: 'refused', reason }, request);
  const language = requestLanguage(request);
  const texts = consentTexts[language];
  const again = returnTo?.replace(/\/login$/, '');
  const body = html`<p class="error" role="alert">${texts.reasons[reason]}</p>
${again !== undefined && html`<p><a href="${again}">${texts.again}</a></p>`}`;
  sendPage(response, statusOf(reason), { language, title: texts.failed, body });
}

function statusOf(reason: LoginRefusal): number {
  return reason === 'unavailable' ? 503 : reason === 'deactivated' || reason === 'unknown' ? 403 : 400;
}

function handOverKey(returnTo: string): string {
  return `oauth identified ${nameOf(returnTo)}`;
}

const bindingName = /(?:^|; )(?:__Host-)?passerelle-login=([A-Za-z0-9_-]{43})(?:;|$)/;

/** One secret for all logins of a browser, so that several can be under way at once. */
function bindingOf({ headers }: Request): string | undefined {
  return bindingName.exec(headers.cookie ?? '')?.[1];
}

function newBinding(response: Response, origin: string): string {
  const binding = randomBytes(32).toString('base64url');
  const isSecure = origin.startsWith('https:');
  response.cookie(`${isSecure ? '__Host-' : ''}passerelle-login`, binding, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    maxAge: bindingLifetime * 1000,
  });
  return binding;
}
