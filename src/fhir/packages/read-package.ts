import { setImmediate } from 'node:timers/promises';
import { jsonInPieces } from '../json-in-pieces.ts';
import { ended } from '../steps.ts';
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
  /** Of a CodeSystem that is too large to be read at once: its JSON. */
  load?(): Promise<Buffer>;
}

const indexFile = '.index.json';

/** Bytes from which a code system is read in pieces. */
const largeCodeSystem = 524_288;

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
export async function openPackage(path: string): Promise<FhirPackage> {
  try {
    const files = await packageFiles(path);
    return { path, ...manifestOf(files), resources: await resourcesOf(files) };
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

async function resourcesOf(files: PackageFiles): Promise<PackagedResource[]> {
  const entries = await entriesOf(files);
  return entries.flatMap(({ filename, resourceType, url, version, type }) => {
    if (typeof resourceType !== 'string') return [];
    if (!files.names.has(filename)) throw new Error(`there is no file package/${filename}`);
    const packaged: PackagedResource = {
      resourceType,
      ...(typeof url === 'string' && { url }),
      ...(typeof version === 'string' && { version }),
      ...(typeof type === 'string' && { type }),
      read: () => readResource(files, filename, resourceType),
      ...(isLarge(files, filename, resourceType) && { load: () => files.load(filename) }),
    };
    return [packaged];
  });
}

function isLarge(files: PackageFiles, name: string, resourceType: string): boolean {
  return resourceType === 'CodeSystem' && files.size(name) >= largeCodeSystem;
}

async function entriesOf(files: PackageFiles): Promise<IndexEntry[]> {
  const hasIndex = files.names.has(indexFile);
  const entries: IndexEntry[] = [];
  for (const entry of hasIndex ? indexedEntries(files) : bareEntries(files)) {
    const isComplete = hasIndex && (typeof entry.url === 'string' || typeof entry.resourceType !== 'string');
    entries.push(isComplete ? entry : entryOf(files, entry.filename));
    // A server that runs has others to answer while files are read.
    if (!isComplete) await setImmediate();
  }
  return entries;
}

/** A file is read once, however often it is named. */
function indexedEntries(files: PackageFiles): Iterable<IndexEntry> {
  const { files: entries } = json<{ files?: IndexEntry[] }>(files, indexFile);
  if (!Array.isArray(entries)) throw new Error(`${indexFile} lists no files`);
  return new Map(entries.map((entry) => [entry.filename, entry])).values();
}

function bareEntries({ names }: PackageFiles): Iterable<IndexEntry> {
  return [...names]
    .filter((name) => name.endsWith('.json') && name !== 'package.json')
    .map((filename) => ({ filename }));
}

/** What a file says of itself. */
function entryOf(files: PackageFiles, filename: string): IndexEntry {
  const { resourceType, url, version, type } = headOf(files, filename);
  return { filename, resourceType, url, version, type };
}

/** @throws Error naming the file when it holds no JSON object */
function headOf(files: PackageFiles, name: string): Partial<IndexEntry> {
  try {
    return ended(jsonInPieces(files.read(name))).head;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw noObject(name);
    throw error;
  }
}

function json<T extends object>(files: PackageFiles, name: string): T {
  const text = files.read(name).toString('utf8');
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Told below, as what is no object is.
  }
  throw noObject(name);
}

function noObject(name: string): Error {
  return new Error(`${name} holds no JSON object`);
}
