import { fhirError } from '../fhir/error.ts';
import { isId } from '../fhir/reference.ts';
import { compartmentParameters, inCompartment } from '../search/compartments.ts';
import type { Expression } from '../search/expression.ts';
import type { QueryParameter } from './request.ts';
import type { Spine } from './spine.ts';

/** What a search goes through. */
export interface SearchArea {
  /** The address below the base, empty for the base itself. */
  path: string;
  types: readonly string[];
  /** The id of the patient whose compartment it is. */
  patient?: string;
  /** What resources of a type have to meet to belong to the compartment; absent outside compartments. */
  within?: (type: string) => Expression;
}

/** The parameter that chooses the types of a search over several. */
export const typeParameter = '_type';

export function typeArea(type: string): SearchArea {
  return { path: type, types: [type] };
}

/**
 * The base, all types or those of `_type` (http.html#search).
 * @throws FhirError 400 when `_type` names what is no type
 */
export function systemArea(spine: Spine, query: readonly QueryParameter[]): SearchArea {
  return { path: '', types: chosenTypes([...spine.resourceTypes].sort(), query) };
}

/**
 * The resources of a compartment (compartmentdefinition.html), of one type or, by `*`, of all or those of `_type`.
 * @throws FhirError 404 when there is no such compartment, or when the type never belongs to it
 */
export function compartmentArea(
  spine: Spine,
  compartment: string,
  id: string,
  type: string,
  query: readonly QueryParameter[],
): SearchArea {
  const { definitions } = spine;
  const belongs = (name: string) => compartmentParameters(definitions, compartment, name) !== undefined;
  if (definitions.compartments[compartment] === undefined || !isId(id) || (type !== '*' && !belongs(type))) {
    throw fhirError(404, 'not-found', 'There is no compartment with these resources at this address');
  }
  const all = [...spine.resourceTypes].filter(belongs).sort();
  return {
    path: `${compartment}/${id}/${type}`,
    types: type === '*' ? chosenTypes(all, query) : [type],
    ...(compartment === 'Patient' ? { patient: id } : {}),
    within: (name) => inCompartment(definitions, compartment, id, name),
  };
}

function chosenTypes(types: readonly string[], query: readonly QueryParameter[]): readonly string[] {
  const asked = query.filter(([name]) => name === typeParameter);
  if (asked.length === 0) return types;
  const names = new Set(asked.flatMap(([, value]) => value.split(',')));
  for (const name of names) {
    if (!types.includes(name)) {
      throw fhirError(400, 'value', `${typeParameter} takes the names of resource types`, typeParameter);
    }
  }
  return types.filter((name) => names.has(name));
}
