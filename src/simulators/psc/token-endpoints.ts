import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { accessTokenClaims, idTokenClaims, userInfo } from './claims.ts';
import { authenticatedClient, type SimulatedClient } from './clients.ts';
import type { Provider } from './provider.ts';
import type { SimulatedSession } from './sessions.ts';
import { part } from './signing-keys.ts';

type Form = Readonly<Record<string, unknown>>;

/** The token endpoint: the grants authorization_code and refresh_token. */
export function tokenHandler(provider: Provider): RequestHandler {
  return forClients(provider, async (client, form, response) => {
    switch (form['grant_type']) {
      case 'authorization_code': {
        const code = provider.sessions.takeCode(String(form['code']));
        const isRight =
          code !== undefined &&
          code.session.clientId === client.id &&
          code.redirectUri === form['redirect_uri'] &&
          (code.challenge === undefined || code.challenge === challengeOf(form['code_verifier']));
        if (!isRight) return refuse(response, 400, 'invalid_grant', 'Code not valid');
        return void response.json(await tokens(provider, code.session, client));
      }
      case 'refresh_token': {
        const session = provider.sessions.takeRefreshToken(String(form['refresh_token']));
        if (session?.clientId !== client.id) {
          return refuse(response, 400, 'invalid_grant', 'Token is not active');
        }
        return void response.json(await tokens(provider, session, client));
      }
      default:
        return refuse(response, 400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
  });
}

/** UserInfo: JSON for a live access token, by GET and by POST. */
export function userInfoHandler({ sessions, switches }: Provider): RequestHandler {
  return (request, response) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const live = sessions.ofAccessToken(token);
    if (live !== undefined) return void response.json(userInfo(live.session, switches()));
    const challenge = 'Bearer realm="esante-wallet", error="invalid_token"';
    response.set('WWW-Authenticate', `${challenge}, error_description="Token verification failed"`);
    return refuse(response, 401, 'invalid_token', 'Token verification failed');
  };
}

/** Introspection (RFC 7662): what an access token says, `{"active":false}` for any other. */
export function introspectionHandler(provider: Provider): RequestHandler {
  return forClients(provider, async (_client, form, response) => {
    const token = String(form['token']);
    const live = provider.sessions.ofAccessToken(token);
    if (live === undefined) return void response.json({ active: false });
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    response.json({
      ...claims,
      active: true,
      client_id: live.session.clientId,
      username: live.session.person.nationalId,
    });
  });
}

/** Revocation (RFC 7009): of a refresh token the session ends with it. */
export function revocationHandler(provider: Provider): RequestHandler {
  return forClients(provider, async (_client, form, response) => {
    provider.sessions.revoke(String(form['token']));
    response.status(200).end();
  });
}

function forClients(
  provider: Provider,
  handle: (client: SimulatedClient, form: Form, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    const form = (request.body ?? {}) as Form;
    const client = authenticatedClient(provider.clients(), request, form);
    response.set('Cache-Control', 'no-store');
    if (client !== undefined) return handle(client, form, response);
    return refuse(response, 401, 'invalid_client', 'Invalid client or Invalid client credentials');
  };
}

async function tokens(
  { issuer, keys, sessions, switches, now }: Provider,
  session: SimulatedSession,
  client: SimulatedClient,
): Promise<Record<string, unknown>> {
  const context = { issuer, session, switches: switches(), now: now() };
  const access = await keys.sign(accessTokenClaims(context));
  const { accessTokenSeconds, algorithm } = switches();
  sessions.addAccessToken(access, session, accessTokenSeconds);
  const refresh = await keys.sign(
    JSON.stringify({ typ: 'Refresh', jti: randomUUID(), iss: issuer, azp: client.id, sid: session.id }),
  );
  const claims = idTokenClaims(context, access);
  return {
    access_token: access,
    expires_in: accessTokenSeconds,
    refresh_expires_in: sessions.addRefreshToken(refresh, session),
    refresh_token: refresh,
    token_type: 'Bearer',
    id_token: algorithm === 'RS256' ? await keys.sign(claims) : badlySigned(algorithm, claims, client),
    'not-before-policy': 0,
    session_state: session.id,
    scope: `${session.scope} identity`,
  };
}

/** What an attacker would try: no signature, or one by the secret that the client knows. */
function badlySigned(algorithm: 'none' | 'HS256', claims: string, { secrets }: SimulatedClient): string {
  const signed = `${part(JSON.stringify({ alg: algorithm, typ: 'JWT' }))}.${part(claims)}`;
  if (algorithm === 'none') return `${signed}.`;
  return `${signed}.${createHmac('sha256', secrets[0] ?? '')
    .update(signed)
    .digest('base64url')}`;
}

function challengeOf(verifier: unknown): string | undefined {
  return typeof verifier === 'string' ? createHash('sha256').update(verifier).digest('base64url') : undefined;
}

function refuse(response: Response, status: number, error: string, description: string): void {
  response.status(status).json({ error, error_description: description });
}
