import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareVersions } from '../canonical.ts';
import { type FhirPackage, openPackage, PackageError } from './read-package.ts';

/** What cannot be loaded, and why. */
export interface BrokenPackage {
  path: string;
  reason: string;
}

/** What lies in a folder of packages. */
export interface PackageFolder {
  /** By name, the latest version of each first. */
  packages: readonly FhirPackage[];
  broken: readonly BrokenPackage[];
  stamps: FolderStamps;
}

/** What lies in a folder by path, with another text once it is another file. */
export type FolderStamps = ReadonlyMap<string, string | undefined>;

/**
 * Opens all packages of a folder: its .tgz files, and the folders in it, but what starts with a dot. A folder that is
 * not there has none.
 * @param opened what was opened before: files that are the same are not opened again
 */
export async function openPackageFolder(directory: string, opened?: PackageFolder): Promise<PackageFolder> {
  const packages: FhirPackage[] = [];
  const broken: BrokenPackage[] = [];
  const stamps = folderStamps(directory);
  for (const [path, stamp] of stamps) {
    const isSame = stamp !== undefined && opened?.stamps.get(path) === stamp;
    const known = isSame ? opened.packages.find((each) => each.path === path) : undefined;
    try {
      packages.push(known ?? (await openPackage(path)));
    } catch (error) {
      broken.push({ path, reason: reasonOf(error) });
    }
  }
  const inOrder = packages.sort(
    (left, right) =>
      left.name.localeCompare(right.name, 'en') || compareVersions(right.version, left.version),
  );
  return { packages: inOrder, broken, stamps };
}

/** Why a package cannot be used. */
export function reasonOf(error: unknown): string {
  return error instanceof PackageError ? error.reason : (error as Error).message;
}

/** The packages of a folder, which nothing is read of; what is within those that are folders has no stamp. */
export function folderStamps(directory: string): FolderStamps {
  try {
    const paths = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.'))
      .filter((entry) => /\.(tgz|tar\.gz)$/.test(entry.name) || entry.isDirectory())
      .map(({ name }) => join(directory, name))
      .sort();
    return new Map(paths.map((path) => [path, stampOf(path)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}

function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
}
