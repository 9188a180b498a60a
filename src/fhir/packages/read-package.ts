import { type PackageFiles, packageFiles } from './package-files.ts';

/** A resource of a package, known by what identifies it and read when asked for. */
export interface PackagedResource {
  resourceType: string;
  url?: string;
  version?: string;
  /** Of a StructureDefinition: the type that it describes or constrains. */
  type?: string;
  /** @throws Error naming the file when it cannot be read any more, or holds something else */
  read(): unknown;
}

/** A FHIR package (registry.fhir.org, "FHIR NPM packages"). Examples, which lie in a folder of their own, are left out. */
export interface FhirPackage {
  path: string;
  name: string;
  version: string;
  /** Version by name of the packages that it builds upon. */
  dependencies: Readonly<Record<string, string>>;
  resources: readonly PackagedResource[];
}

/** Why a package cannot be used; the message names its path as well. */
export class PackageError extends Error {
  readonly reason: string;

  constructor(path: string, cause: unknown) {
    const reason = (cause as Error).message;
    super(`The FHIR package ${path} cannot be read: ${reason}`, { cause });
    this.reason = reason;
  }
}

/**
 * Opens a package: a .tgz file, or a folder that one was unpacked to.
 * @throws PackageError when it is no package of FHIR R4, or is damaged
 */
export function openPackage(path: string): FhirPackage {
  try {
    const files = packageFiles(path);
    return { path, ...manifestOf(files), resources: resourcesOf(files) };
  } catch (cause) {
    throw new PackageError(path, cause);
  }
}

/**
 * The resources of a type.
 * @throws PackageError when one of them cannot be read
 */
export function packageResources<T>({ path, resources }: FhirPackage, resourceType: string): T[] {
  try {
    return resources.flatMap((each) => (each.resourceType === resourceType ? [each.read() as T] : []));
  } catch (cause) {
    throw new PackageError(path, cause);
  }
}

interface Manifest {
  name?: unknown;
  version?: unknown;
  fhirVersions?: unknown;
  dependencies?: unknown;
}

function manifestOf(files: PackageFiles): Pick<FhirPackage, 'name' | 'version' | 'dependencies'> {
  if (!files.names.has('package.json')) throw new Error('there is no package.json');
  const { name, version, fhirVersions, dependencies } = json<Manifest>(files, 'package.json');
  if (typeof name !== 'string') throw new Error('package.json gives no name');
  if (typeof version !== 'string') throw new Error('package.json gives no version');
  if (Array.isArray(fhirVersions) && !fhirVersions.some((each) => String(each).startsWith('4.0'))) {
    throw new Error(`it is for FHIR ${fhirVersions.join(', ')}, and this server is of FHIR 4.0.1`);
  }
  const needed = Object.entries(typeof dependencies === 'object' ? { ...dependencies } : {});
  return {
    name,
    version,
    dependencies: Object.fromEntries(needed.map(([key, value]) => [key, String(value)])),
  };
}

function readResource(files: PackageFiles, name: string, resourceType: string): object {
  const read = json<{ resourceType?: unknown }>(files, name);
  if (read.resourceType !== resourceType) throw new Error(`${name} holds no ${resourceType}`);
  return read;
}

/** What the index of the package says of a file, or the file itself where there is none. */
interface IndexEntry {
  filename: string;
  resourceType?: unknown;
  url?: unknown;
  version?: unknown;
  type?: unknown;
}

function resourcesOf(files: PackageFiles): PackagedResource[] {
  return entriesOf(files).flatMap(({ filename, resourceType, url, version, type }) => {
    if (typeof resourceType !== 'string') return [];
    if (!files.names.has(filename)) throw new Error(`there is no file package/${filename}`);
    const packaged: PackagedResource = {
      resourceType,
      ...(typeof url === 'string' && { url }),
      ...(typeof version === 'string' && { version }),
      ...(typeof type === 'string' && { type }),
      read: () => readResource(files, filename, resourceType),
    };
    return [packaged];
  });
}

function entriesOf(files: PackageFiles): IndexEntry[] {
  if (!files.names.has('.index.json')) {
    return [...files.names]
      .filter((name) => name.endsWith('.json') && name !== 'package.json')
      .map((filename) => ({ ...json<Omit<IndexEntry, 'filename'>>(files, filename), filename }));
  }
  const { files: entries } = json<{ files?: IndexEntry[] }>(files, '.index.json');
  if (!Array.isArray(entries)) throw new Error('.index.json lists no files');
  // A file is read once, however often it is named.
  const byFile = new Map(entries.map((entry) => [entry.filename, entry]));
  return Array.from(byFile.values(), (entry) => {
    const isComplete = typeof entry.url === 'string' || typeof entry.resourceType !== 'string';
    return isComplete ? entry : { ...json<IndexEntry>(files, entry.filename), filename: entry.filename };
  });
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
