/**
 * How far a write is validated beyond the structure, which always is: not at all; by the rules of R4 and the profiles
 * that it declares where one of these is known, else not at all; by the rules of R4; by these and the profiles that the
 * resource declares; by these and the default profiles of its type.
 */
export type WriteLevel = 'off' | 'claimed' | 'base' | 'declared' | 'enforce';

/** What a reference to a resource of this server is judged by: the type that it names, or the resource that is stored. */
export type ReferenceRule = 'named' | 'stored';

/** What holds for one type of one tenant. */
export interface WriteRule {
  level: WriteLevel;
  /** What rules find is a warning, and the write is taken: for partners' data. */
  asWarnings: boolean;
  references: ReferenceRule;
}

/** A part of the policy: what it leaves out is taken from the part around it. */
export interface WriteRules {
  level?: WriteLevel;
  asWarnings?: boolean;
  references?: ReferenceRule;
  types?: Readonly<Record<string, Partial<WriteRule>>>;
}

/** The policy of a server. */
export interface WritePolicy extends WriteRules {
  level: WriteLevel;
  /** By tenant. */
  tenants?: Readonly<Record<string, WriteRules>>;
  /** Profiles that resources of a type hold to at the level `enforce`, in place of the French ones. */
  profiles?: Readonly<Record<string, readonly string[]>>;
}

/** What holds for a type of a tenant: the nearest part of the policy that says something wins. */
export function writeRule(policy: WritePolicy, tenant: string, type: string): WriteRule {
  const ofTenant = policy.tenants?.[tenant];
  const parts = [ofTenant?.types?.[type], ofTenant, policy.types?.[type], policy];
  return {
    level: parts.find((part) => part?.level !== undefined)?.level ?? policy.level,
    asWarnings: parts.find((part) => part?.asWarnings !== undefined)?.asWarnings ?? false,
    references: parts.find((part) => part?.references !== undefined)?.references ?? 'named',
  };
}
