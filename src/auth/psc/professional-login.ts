import type { Role } from '../../access/actor.ts';
import type { Access } from '../../interactions/access.ts';
import type { Professional } from '../../professionals/psc/professional.ts';
import type { ProfessionalRegister, RegisteredActivity } from '../../professionals/psc/registration.ts';
import type { PscIdentity, PscLogin, PscRefusal, PscRelyingParty } from './relying-party.ts';
import { type RoleTable, roleOf } from './role-table.ts';

/** Logins of professionals: Pro Santé Connect says who they are, the register who they are here, the table their role. */
export interface ProfessionalLogins {
  /** See `PscRelyingParty.begin`. */
  begin(login: PscLogin): Promise<URL>;
  /** See `PscRelyingParty.finish`. */
  finish(callback: URL, binding: string): Promise<ProfessionalLogin>;
}

export type ProfessionalLogin =
  | {
      outcome: 'entered';
      returnTo: string;
      tenant: string;
      identity: PscIdentity;
      /** `Practitioner/id`. */
      practitioner: string;
      activities: readonly EnteredActivity[];
    }
  | { outcome: 'refused'; reason: PscRefusal | 'deactivated' | 'ambiguous'; returnTo?: string };

export interface EnteredActivity extends RegisteredActivity {
  role?: Role;
}

/** What tells who an authenticated professional is here. */
export interface ProfessionalEntryParts {
  register: ProfessionalRegister;
  /** Of the server itself. */
  accessTo(tenant: string): Access;
  roles: RoleTable;
  /** True for a professional who may also act as an administrator of the tenant. */
  isAdministrator(professional: Professional, tenant: string): boolean;
}

/** A professional who was let in, or why not. */
type ProfessionalEntry =
  | { outcome: 'entered'; practitioner: string; activities: readonly EnteredActivity[] }
  | { outcome: 'refused'; reason: 'deactivated' | 'ambiguous' };

/**
 * Lets an authenticated professional in: registers them and gives each activity its role. To administer is an activity of
 * its own, the last: it is taken when it is chosen, or when there is no other.
 * @param issuer that authenticated them
 */
export async function enter(
  { register, accessTo, roles, isAdministrator }: ProfessionalEntryParts,
  tenant: string,
  professional: Professional,
  issuer: string,
): Promise<ProfessionalEntry> {
  const registration = await register.register(accessTo(tenant), professional, issuer);
  if (registration.outcome !== 'registered') return { outcome: 'refused', reason: registration.outcome };
  const { practitioner } = registration;
  const activities = registration.activities.map((each): EnteredActivity => {
    const role = roleOf(roles, professional, each.practice, each.activity);
    return role === undefined ? each : { ...each, role };
  });
  if (isAdministrator(professional, tenant)) activities.push({ role: 'admin' });
  return { outcome: 'entered', practitioner, activities };
}

export interface ProfessionalLoginParts extends ProfessionalEntryParts {
  relyingParty: PscRelyingParty;
}

export function professionalLogins(parts: ProfessionalLoginParts): ProfessionalLogins {
  const { relyingParty } = parts;
  return {
    begin: (login) => relyingParty.begin(login),
    async finish(callback, binding) {
      const login = await relyingParty.finish(callback, binding);
      if (login.outcome === 'refused') return login;
      const { identity, tenant, returnTo } = login;
      const entry = await enter(parts, tenant, identity.professional, identity.issuer);
      return entry.outcome === 'refused' ? { ...entry, returnTo } : { ...entry, returnTo, tenant, identity };
    },
  };
}
