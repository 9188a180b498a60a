import type { SearchParameter } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../canonical.ts';
import type { ConformanceResource } from '../conformance/conformance-resources.ts';
import { formProblem } from '../conformance/form.ts';
import { type ConformanceType, IndexedLayer, type Layer } from '../conformance/layer.ts';
import type { FhirPackage, PackagedResource } from './read-package.ts';

const conformanceTypes = new Set<string>(['StructureDefinition', 'ValueSet', 'CodeSystem', 'ConceptMap']);

/**
 * The conformance resources of packages, of which none replaces the definition of a type of R4: this server is built
 * upon those.
 */
export function packageLayer(packages: readonly FhirPackage[]): Layer {
  const layer = new IndexedLayer();
  for (const resource of packages.flatMap(({ resources }) => resources)) {
    const { url, version, load } = resource;
    if (url === undefined || !isConformanceResource(resource) || isTypeOfR4(resource)) continue;
    layer.add(resource.resourceType, url, {
      version,
      read: () => readDefinition(resource),
      ...(load && { load }),
    });
  }
  return layer;
}

/** Why a definition that nobody has validated cannot be worked with. */
export function definitionProblem(definition: ConformanceResource | SearchParameter): string | undefined {
  const isParameter = definition.resourceType === 'SearchParameter';
  return formProblem(definition, isParameter ? ['url', 'code', 'base', 'type'] : []);
}

/**
 * Reads a definition of a package, which nobody has validated.
 * @throws Error when it cannot be read, or worked with
 */
export function readDefinition<T extends ConformanceResource | SearchParameter>(
  resource: PackagedResource,
): T {
  const read = resource.read() as T;
  const problem = definitionProblem(read);
  if (problem !== undefined) throw new Error(problem);
  return read;
}

/** Is it of a type whose resources data are validated by? */
export function isConformanceResource(
  resource: PackagedResource,
): resource is PackagedResource & { resourceType: ConformanceType } {
  return conformanceTypes.has(resource.resourceType);
}

function isTypeOfR4({ resourceType, url, type }: PackagedResource): boolean {
  return (
    resourceType === 'StructureDefinition' && type !== undefined && url === structureDefinitionsOfR4 + type
  );
}
