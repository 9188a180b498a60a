import { fhirError } from '../fhir/error.ts';
import { isId } from '../fhir/reference.ts';
import { anyOf } from '../search/combine.ts';
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
  const members = spine.definitions.compartments[compartment];
  if (members === undefined || !isId(id) || (type !== '*' && !belongs(members, compartment, type))) {
    throw fhirError(404, 'not-found', 'There is no compartment with these resources at this address');
  }
  const all = [...spine.resourceTypes].filter((name) => belongs(members, compartment, name)).sort();
  return {
    path: `${compartment}/${id}/${type}`,
    types: type === '*' ? chosenTypes(all, query) : [type],
    ...(compartment === 'Patient' ? { patient: id } : {}),
    within: (name) => membership(members[name] ?? [], compartment, id, name),
  };
}

function belongs(members: Readonly<Record<string, string[]>>, compartment: string, type: string): boolean {
  return type === compartment || Object.hasOwn(members, type);
}

/** A resource belongs to its own compartment. */
function membership(
  parameters: readonly string[],
  compartment: string,
  id: string,
  type: string,
): Expression {
  const references = parameters
    .filter((parameter) => parameter !== '{def}')
    .map((parameter): Expression => ({ kind: 'reference', parameter, type: compartment, id }));
  return anyOf(type === compartment ? [{ kind: 'ids', ids: [id] }, ...references] : references);
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
