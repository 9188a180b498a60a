import type { Action } from '../interactions/access.ts';
import type { Expression } from '../search/expression.ts';
import type { Actor } from './actor.ts';
import {
  allFilters,
  anyFilter,
  everything,
  type FilterContext,
  foundBy,
  isAboutPatients,
  nothing,
  ofPatient,
} from './filters.ts';
import type { ResourceScope } from './scopes.ts';

/**
 * What is about no patient and shows who and what care is given by: a scope of the level patient grants reading it,
 * because the record of a patient refers to it.
 */
const supportingTypes: ReadonlySet<string> = new Set([
  'CodeSystem',
  'ConceptMap',
  'Endpoint',
  'HealthcareService',
  'Location',
  'Medication',
  'MedicationKnowledge',
  'Organization',
  'OrganizationAffiliation',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'StructureDefinition',
  'Substance',
  'ValueSet',
]);

/**
 * What the scopes of an actor let them do so with resources of a type; everything where scopes limit nothing. Scopes of
 * the level `system` are for back ends, the others for users.
 */
export function scopeFilter(context: FilterContext, actor: Actor, type: string, action: Action): Expression {
  if (actor.scopes === undefined) return everything();
  return anyFilter(
    actor.scopes
      .filter((scope) => scope.kind === 'resource')
      .filter((scope) => (scope.type === '*' || scope.type === type) && scope.permissions.has(action))
      .map((scope) => grantedBy(context, actor, scope, type, action)),
  );
}

/** The scope that would grant this, as a refusal names it: of the level that the actor has others of. */
export function missingScope(
  context: FilterContext,
  { kind, scopes = [] }: Actor,
  type: string,
  action: Action,
): string {
  const level = scopes.find((scope) => scope.kind === 'resource')?.level;
  const isOfPatient = level === 'patient' && (isAboutPatients(context, type) || supportingTypes.has(type));
  return `${isOfPatient ? 'patient' : kind === 'system' ? 'system' : 'user'}/${type}.${action}`;
}

function grantedBy(
  context: FilterContext,
  { kind, context: { patient } }: Actor,
  { level, query }: ResourceScope,
  type: string,
  action: Action,
): Expression {
  if ((level === 'system') !== (kind === 'system')) return nothing();
  const found = foundBy(context, type, query);
  if (level !== 'patient') return found;
  if (patient === undefined) return nothing();
  if (isAboutPatients(context, type)) return allFilters([ofPatient(context, type, patient), found]);
  const isRead = action === 'r' || action === 's';
  return isRead && supportingTypes.has(type) ? found : nothing();
}
