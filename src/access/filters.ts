import type { R4Definitions } from '../fhir/definitions/model.ts';
import { FhirError } from '../fhir/error.ts';
import { allOf, anyOf } from '../search/combine.ts';
import { compartmentParameters, inCompartment } from '../search/compartments.ts';
import { isEvaluable } from '../search/evaluate.ts';
import type { Expression } from '../search/expression.ts';
import type { SearchParameters } from '../search/parameters.ts';
import { parseSearch } from '../search/parse.ts';
import { securityContextParameter } from './judge.ts';

/** What filters are made from. */
export interface FilterContext {
  definitions: R4Definitions;
  parameters: SearchParameters;
  /** Absolute URLs of this server, without trailing slash. */
  baseUrls: readonly string[];
}

/** Every resource, and none. Each is made anew: a filter belongs to one type. */
export const everything = (): Expression => ({ kind: 'and', operands: [] });
export const nothing = (): Expression => ({ kind: 'or', operands: [] });

export function isEverything(filter: Expression): boolean {
  return filter.kind === 'and' && filter.operands.length === 0;
}

export function isNothing(filter: Expression): boolean {
  return filter.kind === 'or' && filter.operands.length === 0;
}

/** All of these filters; none of them says nothing. */
export function allFilters(filters: readonly Expression[]): Expression {
  if (filters.some(isNothing)) return nothing();
  return allOf(filters.filter((filter) => !isEverything(filter)));
}

/** At least one of these filters. */
export function anyFilter(filters: readonly Expression[]): Expression {
  if (filters.some(isEverything)) return everything();
  return anyOf(filters.filter((filter) => !isNothing(filter)));
}

/**
 * The resources of a type that are in the compartment of a patient (compartmentdefinition-patient.html), and the
 * Binaries that are as confidential as the Patient. Another Patient that is linked to it is another record, and a Group
 * is of many persons: they are not in.
 */
export function ofPatient({ definitions }: FilterContext, type: string, id: string): Expression {
  if (type === 'Patient') return { kind: 'ids', ids: [id] };
  if (type === 'Group') return nothing();
  if (type === 'Binary')
    return { kind: 'reference', parameter: securityContextParameter, type: 'Patient', id };
  return inCompartment(definitions, 'Patient', id, type);
}

/** The compartment of the resource that stands for a user; nothing for a type without compartment. */
export function ofUser(context: FilterContext, type: string, user: string): Expression {
  const [compartment = '', id = ''] = user.split('/');
  if (compartment === 'Patient') return ofPatient(context, type, id);
  return inCompartment(context.definitions, compartment, id, type);
}

/** True for the types whose resources may be about a patient. */
export function isAboutPatients({ definitions }: FilterContext, type: string): boolean {
  return type === 'Binary' || compartmentParameters(definitions, 'Patient', type) !== undefined;
}

/**
 * The resources of a type that search parameters find, each of which has to match; nothing where the type does not have
 * one of them, or where one resource alone does not tell (chains, `_has`, words).
 */
export function foundBy(
  { parameters, baseUrls }: FilterContext,
  type: string,
  query: readonly (readonly [string, string])[],
): Expression {
  if (query.length === 0) return everything();
  try {
    const { expression, applied } = parseSearch({
      type,
      query,
      parameters,
      baseUrls,
      strict: true,
      reserved: [],
    });
    // What sorts or counts narrows nothing.
    const isWhole = applied.length === query.length && !isEverything(expression);
    return isWhole && isEvaluable(expression) ? expression : nothing();
  } catch (error) {
    if (error instanceof FhirError && error.status < 500) return nothing();
    throw error;
  }
}
