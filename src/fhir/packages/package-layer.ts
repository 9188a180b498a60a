import { structureDefinitionsOfR4 } from '../canonical.ts';
import type { ConformanceResource } from '../conformance/conformance-resources.ts';
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
      read: () => resource.read() as ConformanceResource,
      ...(load && { load }),
    });
  }
  return layer;
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
