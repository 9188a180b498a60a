import { createHash, randomBytes } from 'node:crypto';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf, seal, unseal } from '../sealed.ts';
import type { Tokens } from './strategy.ts';

/** The tokens of a session of Pro Santé Connect, which stay on this server. */
export interface KeptSession {
  subject: string;
  accessToken: string;
  /** Milliseconds since 1970 UTC, as for the other instants. */
  accessTokenEndsAt: number;
  refreshToken?: string;
  /** Of the refresh token, 30 minutes after its issue as a rule: the session is over without a refresh until then. */
  idleEndsAt: number;
  idToken: string;
  group: string;
  /** Four hours after the login. */
  endsAt: number;
}

/** The sessions of Pro Santé Connect that are kept, sealed by their secret names. */
export interface KeptSessions {
  add(session: KeptSession): Promise<string>;
  find(name: string): Promise<KeptSession | undefined>;
  replace(name: string, session: KeptSession): Promise<void>;
  /** Drops the tokens alone; what else is in the group of the session stays. */
  forget(name: string): Promise<void>;
}

export function keptSessions(expiring: ExpiringStore): KeptSessions {
  const key = (name: string) => `psc session ${nameOf(name)}`;
  const keep = async (name: string, session: KeptSession) => {
    const ttl = Math.min(session.idleEndsAt, session.endsAt) - Date.now();
    if (ttl > 0) await expiring.put(key(name), seal(name, JSON.stringify(session)), ttl, session.group);
  };
  return {
    async add(session) {
      const name = randomBytes(32).toString('base64url');
      await keep(name, session);
      return name;
    },
    async find(name) {
      const sealed = await expiring.get(key(name));
      return sealed === undefined ? undefined : (JSON.parse(unseal(name, sealed)) as KeptSession);
    },
    replace: keep,
    async forget(name) {
      await expiring.take(key(name));
    },
  };
}

/** Milliseconds that a session of Pro Santé Connect lasts at most, and without a refresh. */
const sessionMs = 4 * 60 * 60_000;
const idleMs = 30 * 60_000;

/** The session that the tokens of a login begin. */
export function sessionOf(tokens: Tokens, issuer: string, subject: string): KeptSession {
  const claims = tokens.claims();
  const id = claims?.['sid'] ?? tokens['session_state'];
  return {
    ...instants(tokens),
    subject,
    accessToken: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    idToken: tokens.id_token ?? '',
    group: sessionGroup(issuer, typeof id === 'string' ? id : randomBytes(32).toString('base64url')),
    endsAt: Date.now() + sessionMs,
  };
}

/** The session after a refresh, whose tokens take the place of those before. */
export function refreshedSession(session: KeptSession, tokens: Tokens): KeptSession {
  return {
    ...session,
    ...instants(tokens),
    accessToken: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    idToken: tokens.id_token ?? session.idToken,
  };
}

/** The group of everything that ends with a session of Pro Santé Connect. */
export function sessionGroup(issuer: string, sessionId: string): string {
  return `psc ${createHash('sha256').update(`${issuer}\0${sessionId}`).digest('base64url')}`;
}

function instants(tokens: Tokens): Pick<KeptSession, 'accessTokenEndsAt' | 'idleEndsAt'> {
  const refreshSeconds: unknown = tokens['refresh_expires_in'];
  const idle = typeof refreshSeconds === 'number' && refreshSeconds > 0 ? refreshSeconds * 1000 : idleMs;
  return {
    accessTokenEndsAt: Date.now() + (tokens.expires_in ?? 0) * 1000,
    idleEndsAt: Date.now() + idle,
  };
}
