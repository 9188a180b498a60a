import { randomBytes } from 'node:crypto';
import type { ExpiringStore } from '../../../store/contract.ts';
import { nameOf, seal, unseal } from '../../sealed.ts';
import type { Account } from '../../sessions/accounts.ts';
import type { PscRelyingParty } from '../relying-party.ts';
import type { FacadeUser } from './user.ts';

interface FacadeSession {
  user: FacadeUser;
  account: Account;
  /** See `PscIdentity.session`. */
  session: string;
}

/** The sessions of the facade: what is kept of one can be read with its token alone. */
export interface FacadeSessions {
  /** @returns the token of the session */
  add(session: FacadeSession, group: string, endsAt: number): Promise<string>;
  find(token: string): Promise<FacadeSession | undefined>;
  /**
   * Ends a session.
   * @returns whose it was, and where the browser ends that of Pro Santé Connect, if there still is one
   */
  end(token: string): Promise<{ account: Account; logoutUrl: URL | undefined } | undefined>;
}

export function facadeSessions(expiring: ExpiringStore, relyingParty: PscRelyingParty): FacadeSessions {
  const key = (token: string) => `psc facade ${nameOf(token)}`;
  const read = (token: string, sealed: string | undefined) =>
    sealed === undefined ? undefined : (JSON.parse(unseal(token, sealed)) as FacadeSession);
  return {
    async add(session, group, endsAt) {
      const token = randomBytes(32).toString('base64url');
      await expiring.put(key(token), seal(token, JSON.stringify(session)), endsAt - Date.now(), group);
      return token;
    },
    find: async (token) => read(token, await expiring.get(key(token))),
    async end(token) {
      const session = read(token, await expiring.take(key(token)));
      if (session === undefined) return undefined;
      const logoutUrl = await relyingParty.logout(session.session, randomBytes(16).toString('base64url'));
      return { account: session.account, logoutUrl };
    },
  };
}
