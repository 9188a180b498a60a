import { jwtVerify } from 'jose';
import { fetchUserInfo, type UserInfoResponse } from 'openid-client';
import { readProfessional } from '../../professionals/psc/user-info.ts';
import { assuranceOf } from './assurance.ts';
import { clockToleranceSeconds, type PscConnection, signingAlgorithm } from './connection.ts';
import { WeakAuthentication } from './refusal.ts';
import type { PscIdentity } from './relying-party.ts';
import type { Assurance } from './settings.ts';
import type { Tokens } from './strategy.ts';

/** What the tokens of a login say about the professional, without the session that is kept of it. */
export type Authenticated = Omit<PscIdentity, 'session' | 'sessionGroup' | 'sessionEndsAt'>;

/** Told of a level of assurance that is none of eidas1 to eidas3; `undefined` where a token has none. */
export type OnUnknownAssurance = (acr: string | undefined) => void;

/**
 * Verifies the ID token of a login and reads UserInfo with the access token, which lives for two minutes.
 * @param least level of assurance that the login asked for
 * @throws Error when the signature does not verify, UserInfo is of another subject, or the level is lower
 */
export async function authenticated(
  { configuration, keys }: PscConnection,
  tokens: Tokens,
  least: Assurance,
  onUnknownAssurance: OnUnknownAssurance,
): Promise<Authenticated> {
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) throw new Error('There is no ID token');
  const { issuer } = configuration.serverMetadata();
  await jwtVerify(tokens.id_token, keys, {
    algorithms: [signingAlgorithm],
    issuer,
    audience: configuration.clientMetadata().client_id,
    clockTolerance: clockToleranceSeconds,
  });
  const { acr } = claims;
  const known = assuranceOf(acr);
  if (known === undefined) onUnknownAssurance(typeof acr === 'string' ? acr : undefined);
  // What is not known counts as the lowest: whether that is enough, the settings say.
  const assurance = known ?? 1;
  if (assurance < least) throw new WeakAuthentication();
  const userInfo = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
  const mode = modeOf(userInfo) ?? modeOf(claims);
  return {
    issuer,
    subject: claims.sub,
    assurance,
    ...(mode === undefined ? {} : { authenticationMode: mode }),
    authenticatedAt: typeof claims['auth_time'] === 'number' ? claims['auth_time'] : claims.iat,
    professional: readProfessional({ ...claims, ...withoutEmpty(userInfo) }),
  };
}

function modeOf(claims: UserInfoResponse | Readonly<Record<string, unknown>>): string | undefined {
  const mode: unknown = claims['authMode'];
  return typeof mode === 'string' && mode !== '' ? mode : undefined;
}

/** What UserInfo leaves empty may stand in the ID token, as the national identifier does. */
function withoutEmpty(userInfo: UserInfoResponse): Record<string, unknown> {
  return Object.fromEntries(Object.entries(userInfo).filter(([, value]) => value !== ''));
}
