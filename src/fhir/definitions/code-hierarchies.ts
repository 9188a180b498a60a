import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.d.ts';
import type { R4Definitions } from './model.ts';

/**
 * The codes directly below each code, of the systems where a code may be below another as a kind of it
 * (codesystem.html#hierarchy): nested, or named by the property `child` where a code has several above it.
 */
export function codeHierarchies(codeSystems: readonly CodeSystem[]): R4Definitions['hierarchies'] {
  return Object.fromEntries(
    codeSystems.flatMap(({ url, hierarchyMeaning = 'is-a', concept = [] }) => {
      const children = Object.fromEntries(parents(concept));
      const isHierarchy = hierarchyMeaning === 'is-a' && Object.keys(children).length > 0;
      return url !== undefined && isHierarchy ? [[url, children]] : [];
    }),
  );
}

function* parents(concepts: readonly CodeSystemConcept[]): Generator<[code: string, children: string[]]> {
  for (const { code, concept = [], property = [] } of concepts) {
    const named = property.flatMap((one) => (one.code === 'child' ? (one.valueCode ?? []) : []));
    const children = new Set([...concept.map((child) => child.code), ...named]);
    if (children.size > 0) yield [code, [...children]];
    yield* parents(concept);
  }
}
