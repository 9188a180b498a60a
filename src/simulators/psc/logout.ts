import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { loggedOutPage, pagePolicy } from './login-page.ts';
import type { Provider } from './provider.ts';
import type { SimulatedSession } from './sessions.ts';

/**
 * The end of a session (OpenID Connect RP-Initiated Logout 1.0): the client of the session is told by its back channel,
 * and the browser goes back to the client, or sees a page.
 */
export function logoutHandler(provider: Provider): RequestHandler {
  return async (request, response) => {
    const given = { ...request.query, ...(request.body as object | undefined) } as Record<string, unknown>;
    const session = provider.sessions.find(sessionIdOf(given['id_token_hint']));
    const client = provider.clients().find(({ id }) => id === (session?.clientId ?? given['client_id']));
    if (session !== undefined) await endSession(provider, session);
    const target = given['post_logout_redirect_uri'];
    if (typeof target !== 'string' || !client?.postLogoutRedirectUris?.includes(target)) {
      response.set('Content-Security-Policy', pagePolicy).type('html').send(loggedOutPage());
      return;
    }
    const location = new URL(target);
    const { state } = given;
    if (typeof state === 'string' && !provider.switches().dropLogoutState) {
      location.searchParams.set('state', state);
    }
    response.redirect(302, location.href);
  };
}

/** Ends a session and sends its client a logout token (OpenID Connect Back-Channel Logout 1.0). */
export async function endSession(provider: Provider, session: SimulatedSession): Promise<void> {
  provider.sessions.end(session);
  const client = provider.clients().find(({ id }) => id === session.clientId);
  if (client?.backChannelLogoutUri === undefined) return;
  const token = await provider.keys.sign(
    JSON.stringify({
      iat: provider.now(),
      exp: provider.now() + 120,
      jti: randomUUID(),
      iss: provider.issuer,
      aud: client.id,
      typ: 'Logout',
      sid: session.id,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    }),
  );
  // As Keycloak: a client that does not answer does not keep the professional logged in.
  await fetch(client.backChannelLogoutUri, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  }).catch(() => undefined);
}

/** The `sid` of an ID token, whatever its age. */
function sessionIdOf(idToken: unknown): string {
  const payload = typeof idToken === 'string' ? (idToken.split('.')[1] ?? '') : '';
  try {
    return String((JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid?: unknown }).sid);
  } catch {
    return '';
  }
}
