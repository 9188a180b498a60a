import { createHash } from 'node:crypto';
import { type Access, fullAccess } from '../interactions/access.ts';
import type { Change, ResourceStore, ResourceStores } from '../store/contract.ts';
import type { Actor } from './actor.ts';
import { BrokenGlass } from './break-glass.ts';
import type { Denial } from './consent.ts';
import { Denials } from './denials.ts';
import type { FilterContext } from './filters.ts';
import { Grants } from './grants.ts';
import { createJudge, type JudgeOptions } from './judge.ts';
import type { Policy } from './policy.ts';
import { RestrictedStore } from './restricted-store.ts';
import { policyRoles } from './role-filter.ts';

/** Access with who has it, for the audit. */
export interface ActorAccess extends Access {
  actor: Actor;
  /**
   * Breaks the glass for a patient; absent for those whose role may not.
   * @returns when it ends, in milliseconds since 1970 UTC
   */
  breakGlass?(patient: string): Promise<number | undefined>;
}

/** True for the access of somebody who logged in or of a back end. */
export function isOfActor(access: Access): access is ActorAccess {
  return 'actor' in access;
}

export interface AccessControlOptions extends JudgeOptions {
  stores: ResourceStores;
  policy(): Policy;
}

/** Code of http://terminology.hl7.org/CodeSystem/v3-ActReason for access in an emergency. */
const breakTheGlass = 'BTG';

/** How long what an actor reaches is kept although nothing else changed: periods begin and end. In milliseconds. */
const longestKept = 10_000;

/** What an actor reaches, and what that was decided by. */
interface Kept {
  access: ActorAccess;
  policy: Policy;
  denials: readonly Denial[];
  brokenFor: string;
  madeAt: number;
}

/** Decides what actors reach: by the policy, their scopes, what patients deny, and the glass that they broke. */
export class AccessControl {
  readonly #options: AccessControlOptions;
  readonly #context: FilterContext;
  readonly #judge: ReturnType<typeof createJudge>;
  readonly #denials = new Map<string, Denials>();
  readonly #brokenGlass: BrokenGlass;
  /** A token that is known makes one actor, which asks many times. */
  readonly #kept = new WeakMap<Actor, Kept>();

  constructor(options: AccessControlOptions) {
    this.#options = options;
    this.#context = options;
    this.#judge = createJudge(options);
    this.#brokenGlass = new BrokenGlass(options.stores.expiring);
  }

  /** What an actor reaches in the tenant now; at once for those whom nothing limits. */
  open(actor: Actor): ActorAccess | Promise<ActorAccess> {
    if (actor.kind === 'open' || actor.kind === 'service') {
      return { ...fullAccess(this.#options.stores, actor.tenant), actor };
    }
    const denials = this.#denialsOf(actor.tenant).current();
    const brokenFor = this.#mayBreakGlass(actor) ? this.#brokenGlass.patientsOf(actor) : [];
    if (denials instanceof Promise || brokenFor instanceof Promise) {
      return Promise.all([denials, brokenFor]).then((known) => this.#limited(actor, ...known));
    }
    return this.#limited(actor, denials, brokenFor);
  }

  #limited(actor: Actor, denials: readonly Denial[], brokenFor: readonly string[]): ActorAccess {
    const state = { policy: this.#options.policy(), denials, brokenFor: brokenFor.join() };
    const kept = this.#kept.get(actor);
    if (kept !== undefined && isStill(kept, state)) return kept.access;
    const access = this.#made(actor, denials, brokenFor);
    this.#kept.set(actor, { access, ...state, madeAt: performance.now() });
    return access;
  }

  #made(actor: Actor, denials: readonly Denial[], brokenFor: readonly string[]): ActorAccess {
    const { tenant } = actor;
    const policy = this.#options.policy();
    const rights = new Grants(this.#context, { actor, policy, denials, brokenFor, now: Date.now() });
    const store = this.#options.stores.forTenant(tenant);
    return {
      tenant,
      store: this.#restricted(tenant, store, rights, ['r']),
      writeStore: this.#restricted(tenant, store, rights, ['r', 'u', 'd']),
      caller: callerOf(actor),
      ...(actor.fhirUser === undefined ? {} : { user: actor.fhirUser }),
      rights,
      actor: brokenFor.length === 0 ? actor : { ...actor, purposeOfUse: breakTheGlass },
      ...(this.#mayBreakGlass(actor)
        ? {
            breakGlass: (patient) =>
              this.#brokenGlass.break(actor, patient, policy.breakGlass.minutes * 60_000),
          }
        : {}),
    };
  }

  #restricted(tenant: string, store: ResourceStore, grants: Grants, readBy: readonly ('r' | 'u' | 'd')[]) {
    const onCommit = (changes: readonly Change[]) => this.#committed(tenant, changes);
    return new RestrictedStore({ store, grants, judge: this.#judge, readBy, onCommit });
  }

  #committed(tenant: string, changes: readonly Change[]): void {
    const consents = changes.filter(({ type }) => type === 'Consent');
    if (consents.length === 0) return;
    this.#denialsOf(tenant).outdated(consents.some(({ kind }) => kind === 'purge'));
  }

  #denialsOf(tenant: string): Denials {
    const { stores, baseUrls } = this.#options;
    const known = this.#denials.get(tenant) ?? new Denials(stores.forTenant(tenant), baseUrls);
    this.#denials.set(tenant, known);
    return known;
  }

  #mayBreakGlass(actor: Actor): boolean {
    const { roles } = this.#options.policy().breakGlass;
    return policyRoles(actor).some((role) => roles.includes(role));
  }
}

function isStill(kept: Kept, { policy, denials, brokenFor }: Omit<Kept, 'access' | 'madeAt'>): boolean {
  const isSame = kept.policy === policy && kept.denials === denials && kept.brokenFor === brokenFor;
  return isSame && performance.now() - kept.madeAt < longestKept;
}

/** Of the same person by the same application for the same patient; it tells nothing of them. */
function callerOf({ kind, subject, fhirUser, clientId, context }: Actor): string {
  const parts = JSON.stringify([kind, subject?.issuer, subject?.value, fhirUser, clientId, context.patient]);
  return createHash('sha256').update(parts).digest('base64url').slice(0, 22);
}
