import { createHash } from 'node:crypto';
import type { Role } from '../../access/actor.ts';
import type { ExpiringStore } from '../../store/contract.ts';

/** Who logged in, as far as tokens need it: no name. */
export interface Account {
  /** Stable and opaque: the `sub` of the id_tokens. */
  id: string;
  tenant: string;
  /** `Practitioner/id` or `Patient/id`. */
  fhirUser: string;
  /** The issuer and the subject of the login. */
  issuer: string;
  subject: string;
  /** What a professional may act as; the first is taken unless another is chosen. Empty for a patient. */
  activities: readonly Activity[];
}

/** Where and as what a professional acts. */
export interface Activity {
  /** `PractitionerRole/id`. */
  practitionerRole?: string;
  /** `Organization/id`. */
  organization?: string;
  role?: Role;
}

/** The accounts that tokens refer to, kept as long as the longest of these may live. */
export interface Accounts {
  save(account: Omit<Account, 'id'>): Promise<Account>;
  find(id: string): Promise<Account | undefined>;
}

/** @param lifetime milliseconds that an account is kept after a login */
export function accounts(expiring: ExpiringStore, lifetime: number): Accounts {
  const key = (id: string) => `oauth account ${id}`;
  return {
    async save(given) {
      const account = { ...given, id: accountId(given) };
      await expiring.put(key(account.id), JSON.stringify(account), lifetime);
      return account;
    },
    async find(id) {
      const text = await expiring.get(key(id));
      return text === undefined ? undefined : (JSON.parse(text) as Account);
    },
  };
}

/** The same for each login of one person in one tenant. */
export function accountId({ tenant, fhirUser }: Pick<Account, 'tenant' | 'fhirUser'>): string {
  return createHash('sha256').update(`${tenant}\0${fhirUser}`).digest('base64url');
}
