import { parseReference } from '../fhir/reference.ts';
import type { ResourceKey } from '../store/contract.ts';

/** A reference to a resource of this server, with the version that it names, if any. */
export interface LocalReference extends ResourceKey {
  version?: string;
}

/** Within a JSON string every quote is escaped, so this is always an element of that name. */
const referenceElement = /"reference":"([^"\\]+)"/g;

/**
 * The local references anywhere in a resource, contained resources and extensions included, each text once. They are
 * read from the serialised JSON, without white space, which takes a fraction of parsing it.
 */
export function localReferences(body: Buffer, baseUrl: string): LocalReference[] {
  // References and the names of elements are ASCII.
  const found = body.toString('latin1').matchAll(referenceElement);
  const texts = new Set(Array.from(found, ([, text = '']) => text));
  return [...texts].flatMap((text): LocalReference[] => {
    const parsed = parseReference(text, [baseUrl]);
    if (parsed?.kind !== 'local') return [];
    const { kind: _, ...reference } = parsed;
    return [reference];
  });
}
