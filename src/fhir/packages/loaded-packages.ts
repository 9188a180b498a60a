import type { SearchParameter } from 'fhir/r4.d.ts';
import { withVersion } from '../canonical.ts';
import type { Layer } from '../conformance/layer.ts';
import { type MissingDependency, missingDependencies } from './dependencies.ts';
import { type BrokenPackage, openPackageFolder, type PackageFolder, reasonOf } from './package-folder.ts';
import { isConformanceResource, packageLayer } from './package-layer.ts';
import { type FhirPackage, packageResources } from './read-package.ts';

/** The packages that a server works with. */
export interface LoadedPackages {
  packages: readonly FhirPackage[];
  broken: readonly BrokenPackage[];
  missing: readonly MissingDependency[];
  /** Their conformance resources. */
  layer: Layer;
  /** Those that are active. */
  searchParameters: readonly SearchParameter[];
  /** Canonicals, with version, of their implementation guides. */
  implementationGuides: readonly string[];
  /** What was found in their folder. */
  folder: PackageFolder;
}

/**
 * Loads what lies in a folder of packages. One that cannot be read is told of, and does not keep the others away.
 * @param before what was loaded before: files that are the same are not opened again
 */
export async function loadPackages(directory: string, before?: LoadedPackages): Promise<LoadedPackages> {
  const folder = await openPackageFolder(directory, before?.folder);
  const { packages, broken } = folder;
  const searchParameters: SearchParameter[] = [];
  const readable: FhirPackage[] = [];
  const unreadable: BrokenPackage[] = [...broken];
  for (const each of packages) {
    try {
      searchParameters.push(...packageResources<SearchParameter>(each, 'SearchParameter'));
      readable.push(each);
    } catch (error) {
      unreadable.push({ path: each.path, reason: reasonOf(error) });
    }
  }
  return {
    packages: readable,
    broken: unreadable,
    missing: missingDependencies(readable),
    layer: packageLayer(readable),
    searchParameters: searchParameters.filter(({ status }) => status === 'active'),
    implementationGuides: readable.flatMap(({ resources }) =>
      resources.flatMap(({ resourceType, url, version }) =>
        resourceType === 'ImplementationGuide' && url !== undefined ? [withVersion(url, version)] : [],
      ),
    ),
    folder,
  };
}

/** How many canonicals of another layer a package has as well, and so takes their place. */
export function supersededCount({ resources }: FhirPackage, other: Layer): number {
  return resources.filter(
    (resource) =>
      resource.url !== undefined &&
      isConformanceResource(resource) &&
      other.find(resource.resourceType, resource.url).length > 0,
  ).length;
}
