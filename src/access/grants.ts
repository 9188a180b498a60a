import { fhirError } from '../fhir/error.ts';
import type { Action, Rights } from '../interactions/access.ts';
import type { Expression } from '../search/expression.ts';
import type { Actor } from './actor.ts';
import { type Denial, isDenied } from './consent.ts';
import { allFilters, anyFilter, everything, type FilterContext, isNothing, ofPatient } from './filters.ts';
import type { Policy } from './policy.ts';
import { scopeMissing } from './refusals.ts';
import { policyRoles, roleFilter } from './role-filter.ts';
import { missingScope, scopeFilter } from './scope-filter.ts';

/** What decides over the access of an actor at one time. */
export interface GrantSources {
  actor: Actor;
  policy: Policy;
  denials: readonly Denial[];
  /** Ids of the patients for whom the actor broke the glass. */
  brokenFor: readonly string[];
  /** Milliseconds since 1970 UTC. */
  now: number;
}

const allActions: readonly Action[] = ['c', 'r', 'u', 'd', 's'];

/**
 * What an actor may do with which resources: what the roles allow and the scopes grant, without what patients deny.
 * Each filter is made when it is first asked for, and is about one type.
 */
export class Grants implements Rights {
  readonly #context: FilterContext;
  readonly #sources: GrantSources;
  readonly #filters = new Map<string, Expression>();

  constructor(context: FilterContext, sources: GrantSources) {
    this.#context = context;
    this.#sources = sources;
  }

  /** The resources of a type that may be acted on so. */
  filter(type: string, action: Action): Expression {
    const key = action + type;
    let filter = this.#filters.get(key);
    if (filter === undefined) {
      filter = allFilters([
        this.#byRole(type, action),
        this.#byScope(type, action),
        this.#notDenied(type, action),
      ]);
      this.#filters.set(key, filter);
    }
    return filter;
  }

  /** The resources of a type that may be acted on in any of these ways. */
  filterOfAny(type: string, actions: readonly Action[]): Expression {
    const key = actions.join('') + type;
    const filter = this.#filters.get(key) ?? anyFilter(actions.map((action) => this.filter(type, action)));
    this.#filters.set(key, filter);
    return filter;
  }

  /**
   * True for an actor who reaches the record of one patient alone: such a one chooses no ids, or would learn from the
   * refusal which are in use.
   */
  get isConfined(): boolean {
    const { kind, scopes } = this.#sources.actor;
    if (kind === 'patient') return true;
    const levels = scopes?.flatMap((scope) => (scope.kind === 'resource' ? [scope.level] : []));
    return levels?.every((level) => level === 'patient') ?? false;
  }

  check(action: Action, type: string, one: boolean): void {
    if (!isNothing(this.filter(type, action))) return;
    // What no scope is about is as if it were not there. A search says so: nothing found would mean nothing recorded.
    if (one && action === 'r' && !this.#isVisible(type)) return;
    throw this.refusal(action, type);
  }

  /** The refusal of an action on a type; it says what is missing. */
  refusal(action: Action, type: string) {
    const { actor } = this.#sources;
    if (isNothing(this.#byScope(type, action))) {
      return scopeMissing(missingScope(this.#context, actor, type, action));
    }
    const roles = policyRoles(actor).join(', ') || 'none';
    const what = { c: 'create', r: 'read', u: 'change', d: 'delete', s: 'search' }[action];
    return fhirError(403, 'forbidden', `The policy lets this role not ${what} ${type} (role: ${roles})`);
  }

  /** True when the scopes let anything at all be done with some resource of the type. */
  #isVisible(type: string): boolean {
    return allActions.some((action) => !isNothing(this.#byScope(type, action)));
  }

  #byRole(type: string, action: Action): Expression {
    const { policy, actor, brokenFor } = this.#sources;
    return roleFilter(this.#context, policy, actor, brokenFor, type, action);
  }

  #byScope(type: string, action: Action): Expression {
    return scopeFilter(this.#context, this.#sources.actor, type, action);
  }

  /** What patients deny is their record; the trace of who read it is not theirs to close. */
  #notDenied(type: string, action: Action): Expression {
    if (type === 'AuditEvent') return everything();
    const { denials, actor, brokenFor, now } = this.#sources;
    const patients = new Set(
      denials
        .filter((denial) => denial.types?.has(type) ?? true)
        .filter((denial) => isDenied(denial, actor, action, now))
        .map(({ patient }) => patient),
    );
    for (const patient of brokenFor) patients.delete(patient);
    const denied = anyFilter([...patients].map((id) => ofPatient(this.#context, type, id)));
    return isNothing(denied) ? everything() : { kind: 'not', operand: denied };
  }
}
