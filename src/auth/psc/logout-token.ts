import { jwtVerify } from 'jose';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf } from '../sealed.ts';
import { clockToleranceSeconds, type PscConnection, signingAlgorithm } from './connection.ts';
import { sessionGroup } from './kept-session.ts';
import { PscUnavailable } from './transport.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';

/** Seconds after its issue that a logout token is taken. */
const maximumAge = 300;

/**
 * The group of the session that a logout token ends (OpenID Connect Back-Channel Logout 1.0, section 2.6). Only
 * tokens that name a session are taken: the client is registered for them.
 * @returns `undefined` when the token does not verify, or was taken before
 * @throws PscUnavailable when the keys cannot be read
 */
export async function loggedOutGroup(
  { configuration, keys }: PscConnection,
  expiring: ExpiringStore,
  token: string,
): Promise<string | undefined> {
  const { issuer } = configuration.serverMetadata();
  let claims: Readonly<Record<string, unknown>>;
  try {
    const verified = await jwtVerify(token, keys, {
      algorithms: [signingAlgorithm],
      issuer,
      audience: configuration.clientMetadata().client_id,
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: maximumAge,
      requiredClaims: ['iat', 'jti', 'sid', 'events'],
    });
    claims = verified.payload;
  } catch (error) {
    if (error instanceof PscUnavailable) throw error;
    return undefined;
  }
  const { events, sid, jti } = claims;
  const isLogout = typeof events === 'object' && events !== null && event in events && !('nonce' in claims);
  if (!isLogout || typeof sid !== 'string' || typeof jti !== 'string') return undefined;
  const life = (maximumAge + clockToleranceSeconds) * 1000;
  const isFirst = await expiring.putIfAbsent(`psc logout ${nameOf(`${issuer} ${jti}`)}`, '1', life);
  return isFirst ? sessionGroup(issuer, sid) : undefined;
}
