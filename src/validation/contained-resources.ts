import type { Resource } from '../fhir/resource.ts';

const none: ReadonlyMap<string, Resource> = new Map();
const indexes = new WeakMap<Resource, ReadonlyMap<string, Resource>>();

/** The contained resources of a resource by id; of several of one id the first. Indexed once. */
export function containedById(container: Resource): ReadonlyMap<string, Resource> {
  const { contained } = container;
  if (!Array.isArray(contained)) return none;
  let index = indexes.get(container);
  if (index === undefined) {
    const resources = (contained as (Resource | null)[]).filter(
      (one) => typeof one?.id === 'string',
    ) as Resource[];
    index = new Map(resources.reverse().map((one) => [String(one.id), one]));
    indexes.set(container, index);
  }
  return index;
}
