import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareVersions } from '../canonical.ts';
import { type FhirPackage, openPackage, PackageError } from './read-package.ts';

/** What cannot be loaded, and why. */
export interface BrokenPackage {
  path: string;
  reason: string;
}

/** What lies in a folder of packages. */
interface PackageFolder {
  /** By name, the latest version of each first. */
  packages: readonly FhirPackage[];
  broken: readonly BrokenPackage[];
}

/**
 * Opens all packages of a folder: its .tgz files, and the folders in it, but what starts with a dot. A folder that is
 * not there has none.
 */
export function openPackageFolder(directory: string): PackageFolder {
  const packages: FhirPackage[] = [];
  const broken: BrokenPackage[] = [];
  for (const path of pathsOf(directory)) {
    try {
      packages.push(openPackage(path));
    } catch (error) {
      broken.push({ path, reason: reasonOf(error) });
    }
  }
  const inOrder = packages.sort(
    (left, right) =>
      left.name.localeCompare(right.name, 'en') || compareVersions(right.version, left.version),
  );
  return { packages: inOrder, broken };
}

/** Why a package cannot be used. */
export function reasonOf(error: unknown): string {
  return error instanceof PackageError ? error.reason : (error as Error).message;
}

function pathsOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.'))
      .filter((entry) => /\.(tgz|tar\.gz)$/.test(entry.name) || entry.isDirectory())
      .map(({ name }) => join(directory, name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
