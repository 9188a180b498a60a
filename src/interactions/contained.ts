import { fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import { containedType, localIdValue } from '../search/contained.ts';
import type { ContainedResource } from '../store/contract.ts';
import type { QueryParameter } from './request.ts';
import type { Spine } from './spine.ts';

/** The parameters that choose among contained resources and others (search.html#contained). */
export const containedParameters: readonly string[] = ['_contained', '_containedType'];

/** Which resources a search looks at, and what it answers for a contained match. */
export interface ContainedChoice {
  searched: 'false' | 'true' | 'both';
  answered: 'container' | 'contained';
}

/** @throws FhirError 400 on any other value */
export function containedChoice(query: readonly QueryParameter[]): ContainedChoice {
  return {
    searched: choice(query, '_contained', ['false', 'true', 'both']),
    answered: choice(query, '_containedType', ['container', 'contained']),
  };
}

/** The last value of a parameter, the first of those that it takes when it is not there. */
function choice<V extends string>(
  query: readonly QueryParameter[],
  name: string,
  values: readonly [V, ...V[]],
): V {
  const given = query.findLast(([parameter, value]) => parameter === name && value !== '')?.[1];
  const known = given === undefined ? values[0] : values.find((value) => value === given);
  if (known === undefined) throw fhirError(400, 'value', `${name} takes ${values.join(', ')}`, name);
  return known;
}

/** The names under which the store keeps the resources of a type that are looked at. */
export function searchedTypes(type: string, { searched }: ContainedChoice): string[] {
  return [...(searched === 'true' ? [] : [type]), ...(searched === 'false' ? [] : [containedType(type)])];
}

/** The resources that a resource contains, ready to be searched; one without an id is not found. */
export function containedResources(spine: Spine, { contained }: Resource): ContainedResource[] {
  if (!Array.isArray(contained)) return [];
  const found = new Map<string, ContainedResource>();
  for (const one of contained as Resource[]) {
    const { resourceType: type, id } = one;
    if (id === undefined || found.has(`${type}#${id}`)) continue;
    const index = spine.extract(one);
    index.token.push(localIdValue(id));
    found.set(`${type}#${id}`, {
      type,
      id,
      body: JSON.stringify(one),
      restricted: spine.rules.get(type)?.restricted?.(one) ?? false,
      index,
    });
  }
  return [...found.values()];
}
