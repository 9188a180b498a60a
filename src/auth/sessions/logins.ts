import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf } from '../sealed.ts';

/** The end of a login: it comes with its group, or at an instant at the latest. */
export interface LoginEnd {
  /** Group of the `ExpiringStore` that is deleted when the login ends, such as by a logout at Pro Santé Connect. */
  group: string;
  /** Milliseconds since 1970 UTC. */
  endsAt: number;
}

/** Which sessions of browsers rest on a login that still holds. */
export interface Logins {
  /** Ties a session to a login. */
  link(session: string, end: LoginEnd): Promise<void>;
  isLive(session: string): Promise<boolean>;
  end(session: string): Promise<void>;
}

export function logins(expiring: ExpiringStore): Logins {
  const key = (session: string) => `oauth login ${nameOf(session)}`;
  return {
    async link(session, { group, endsAt }) {
      const ttl = endsAt - Date.now();
      if (ttl > 0) await expiring.put(key(session), '1', ttl, group);
    },
    isLive: async (session) => (await expiring.get(key(session))) !== undefined,
    async end(session) {
      await expiring.take(key(session));
    },
  };
}
