import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type FhirPackage, openPackage, PackageError } from './read-package.ts';

/** Names and versions that are safe as the name of a file. */
const safe = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** The package of this name and version is there already. */
export class PackageThereError extends Error {}

/**
 * Copies a package into the folder of packages, where it is named after its name and version. It is there whole or not
 * at all.
 * @returns its name, its version and its path there
 * @throws PackageError when it is no package of FHIR R4, or is damaged
 * @throws PackageThereError
 */
export async function installPackage(
  path: string,
  directory: string,
): Promise<Pick<FhirPackage, 'name' | 'version' | 'path'>> {
  const { name, version } = await openPackage(path);
  if (!safe.test(name) || !safe.test(version)) {
    throw new PackageError(path, new Error(`${name}#${version} cannot be the name of a file`));
  }
  const target = join(directory, `${name}-${version}${statSync(path).isDirectory() ? '' : '.tgz'}`);
  if (existsSync(target)) throw new PackageThereError(`The FHIR package ${name}#${version} is there already`);
  mkdirSync(directory, { recursive: true });
  const partial = join(directory, `.${name}-${version}.${process.pid}`);
  try {
    await cp(path, partial, { recursive: true });
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return { name, version, path: target };
}
