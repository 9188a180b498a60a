import { referencedType, withoutVersion } from '../reference.ts';
import type { Resource } from '../resource.ts';

/**
 * The type of the resource that a Reference, canonical or uri points to, as far as the value itself tells; a
 * fragment is looked up among the contained resources.
 */
export function targetType(value: unknown, resource: Resource): string | undefined {
  if (typeof value === 'string') {
    return referencedType(withoutVersion(value));
  }
  const { reference, type } = value as { reference?: unknown; type?: unknown };
  const named = typeof type === 'string' ? type : undefined;
  if (typeof reference !== 'string') {
    return named;
  }
  if (reference.startsWith('#')) {
    return containedType(reference.slice(1), resource);
  }
  return referencedType(reference) ?? named;
}

function containedType(id: string, resource: Resource): string | undefined {
  const contained = resource['contained'];
  return Array.isArray(contained)
    ? (contained as Resource[]).find((candidate) => candidate?.id === id)?.resourceType
    : undefined;
}
