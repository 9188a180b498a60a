import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTar } from './tar.ts';

/** The most bytes that a package may unpack to. */
const mostBytes = 1 << 30;

/** The files of a package by their name within its folder `package`. */
interface PackageFiles {
  names: readonly string[];
  read(name: string): Buffer;
}

/**
 * The resources of one type of a FHIR package (registry.fhir.org, "FHIR NPM packages"): a .tgz file, or a folder that
 * one was unpacked to, with or without its inner folder `package`. Examples, which lie in folders of their own, are not
 * read.
 * @throws Error naming the path when it is no package of FHIR R4, or is damaged
 */
export function packageResources<T>(path: string, resourceType: string): T[] {
  try {
    const files = statSync(path).isDirectory() ? folderFiles(path) : archiveFiles(path);
    checkManifest(files);
    return namesOf(files, resourceType).flatMap((name) => resourceOf<T>(files, name, resourceType));
  } catch (cause) {
    throw new Error(`The FHIR package ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function folderFiles(path: string): PackageFiles {
  const inner = join(path, 'package');
  const folder = readdirSync(path).includes('package') ? inner : path;
  return { names: readdirSync(folder).sort(), read: (name) => readFileSync(join(folder, name)) };
}

function archiveFiles(path: string): PackageFiles {
  const files = new Map<string, Buffer>();
  for (const { name, content } of readTar(gunzipSync(readFileSync(path), { maxOutputLength: mostBytes }))) {
    const [, own] = /^(?:\.\/)?package\/([^/]+)$/.exec(name) ?? [];
    if (own !== undefined) files.set(own, content);
  }
  return {
    names: [...files.keys()].sort(),
    read(name) {
      const content = files.get(name);
      if (content === undefined) throw new Error(`there is no file package/${name}`);
      return content;
    },
  };
}

function checkManifest(files: PackageFiles): void {
  if (!files.names.includes('package.json')) throw new Error('there is no package.json');
  const { name, fhirVersions } = json<{ name?: unknown; fhirVersions?: unknown }>(files, 'package.json');
  if (typeof name !== 'string') throw new Error('package.json gives no name');
  if (Array.isArray(fhirVersions) && !fhirVersions.some((version) => String(version).startsWith('4.0'))) {
    throw new Error(`it is for FHIR ${fhirVersions.join(', ')}, and this server is of FHIR 4.0.1`);
  }
}

/** The files of a type by the index of the package, all others that may hold a resource without one. */
function namesOf(files: PackageFiles, resourceType: string): readonly string[] {
  if (!files.names.includes('.index.json')) {
    return files.names.filter((name) => name.endsWith('.json') && name !== 'package.json');
  }
  const index = json<{ files?: { filename: string; resourceType?: string }[] }>(files, '.index.json');
  if (!Array.isArray(index.files)) throw new Error('.index.json lists no files');
  return index.files.filter((file) => file.resourceType === resourceType).map(({ filename }) => filename);
}

function resourceOf<T>(files: PackageFiles, name: string, resourceType: string): T[] {
  // Most files are of other types: they are not parsed.
  if (!files.read(name).includes(`"${resourceType}"`)) return [];
  const resource = json<{ resourceType?: unknown }>(files, name);
  return resource.resourceType === resourceType ? [resource as T] : [];
}

function json<T extends object>(files: PackageFiles, name: string): T {
  const text = files.read(name).toString('utf8');
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Told below, as what is no object is.
  }
  throw new Error(`${name} holds no JSON object`);
}
