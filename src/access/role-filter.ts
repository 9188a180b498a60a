import type { Action } from '../interactions/access.ts';
import type { Expression } from '../search/expression.ts';
import type { Actor } from './actor.ts';
import {
  allFilters,
  anyFilter,
  everything,
  type FilterContext,
  foundBy,
  nothing,
  ofPatient,
  ofUser,
} from './filters.ts';
import { type Policy, type PolicyRole, type PolicyRule, rulesFor } from './policy.ts';

/** What the policy lets the roles of an actor do so with resources of a type. */
export function roleFilter(
  context: FilterContext,
  policy: Policy,
  actor: Actor,
  brokenFor: readonly string[],
  type: string,
  action: Action,
): Expression {
  return anyFilter(
    policyRoles(actor)
      .flatMap((role) => rulesFor(policy, role, type, action))
      .map((rule) =>
        allFilters([...glassFilter(context, rule, brokenFor, type), ...where(context, rule, actor, type)]),
      ),
  );
}

/** The roles that rules of the policy are for. */
export function policyRoles({ kind, roles }: Actor): readonly PolicyRole[] {
  return kind === 'patient' ? [...roles, 'patient'] : roles;
}

/** The literal reference of who a user is; a patient may be known by the context of the app alone. */
function userOf({ kind, fhirUser, context: { patient } }: Actor): string | undefined {
  return fhirUser ?? (kind === 'patient' && patient !== undefined ? `Patient/${patient}` : undefined);
}

/** @param brokenFor ids of the patients for whom the actor broke the glass */
function glassFilter(
  context: FilterContext,
  { when }: PolicyRule,
  brokenFor: readonly string[],
  type: string,
): Expression[] {
  return when === undefined ? [] : [anyFilter(brokenFor.map((id) => ofPatient(context, type, id)))];
}

function where(context: FilterContext, { where = {} }: PolicyRule, actor: Actor, type: string): Expression[] {
  const user = userOf(actor);
  const filters: Expression[] = [];
  if (where.compartment === 'user')
    filters.push(user === undefined ? nothing() : ofUser(context, type, user));
  if (where.query !== undefined) filters.push(queried(context, where.query, { user, ...actor }, type));
  return filters.length === 0 ? [everything()] : filters;
}

function queried(
  context: FilterContext,
  query: string,
  { user, organization }: { user: string | undefined; organization?: string },
  type: string,
): Expression {
  const references: Readonly<Record<string, string | undefined>> = { user, organization };
  let isKnown = true;
  const text = query.replace(/\{(\w+)\}/g, (_, name: string) => {
    const reference = references[name];
    isKnown &&= reference !== undefined;
    return reference ?? '';
  });
  return isKnown ? foundBy(context, type, [...new URLSearchParams(text)]) : nothing();
}
