import { withVersion } from '../canonical.ts';
import type { ConformanceResources } from '../conformance/conformance-resources.ts';
import type { LoadedPackages } from './loaded-packages.ts';
import { isConformanceResource, readDefinition } from './package-layer.ts';
import type { PackagedResource } from './read-package.ts';

/** A resource of a package that cannot be used, and why. */
interface UnusableResource {
  /** `name#version` */
  package: string;
  canonical: string;
  problem: string;
}

/**
 * Reads every conformance resource and search parameter of the packages and derives the snapshots that are not there.
 * @param conformance that the packages are part of
 */
export function unusableResources(
  { packages }: Pick<LoadedPackages, 'packages'>,
  conformance: ConformanceResources,
): UnusableResource[] {
  return packages.flatMap(({ name, version, resources }) =>
    resources.filter(isDefinition).flatMap((resource) => {
      const problem = problemOf(resource, conformance);
      const { url = '', version: own } = resource;
      const canonical = withVersion(url, own);
      return problem === undefined ? [] : [{ package: `${name}#${version}`, canonical, problem }];
    }),
  );
}

function isDefinition(resource: PackagedResource): boolean {
  return isConformanceResource(resource) || resource.resourceType === 'SearchParameter';
}

function problemOf(resource: PackagedResource, conformance: ConformanceResources): string | undefined {
  const { url, version } = resource;
  if (url === undefined) return 'it has no url';
  try {
    const read = readDefinition(resource);
    if (read.url !== url) return `the index of the package names another url than ${read.url}`;
    if (read.resourceType !== 'StructureDefinition') return undefined;
    return conformance.problem(withVersion(url, version));
  } catch (error) {
    return (error as Error).message;
  }
}
