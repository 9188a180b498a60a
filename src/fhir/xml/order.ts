import type { Resource } from '../resource.ts';

const misplaced = new WeakMap<object, readonly string[]>();

/** Notes the elements of a resource that its XML did not have in the order of the specification (xml.html). */
export function noteMisplaced(resource: Resource, expressions: readonly string[]): void {
  misplaced.set(resource, expressions);
}

/** FHIRPath of the elements of a resource that stood out of order in the XML that it was read from. */
export function misplacedElements(resource: Resource): readonly string[] {
  return misplaced.get(resource) ?? [];
}
