import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { readTar } from './tar.ts';

/** The most bytes that a package may unpack to. */
const mostBytes = 1 << 30;

/** The files of a package by their name within its folder `package`; what lies deeper (examples) is left out. */
export interface PackageFiles {
  /** In alphabetical order. */
  names: ReadonlySet<string>;
  /** The length of a file that is there, in bytes. */
  size(name: string): number;
  /** @throws Error when there is no such file */
  read(name: string): Buffer;
  /** The same, while others work. */
  load(name: string): Promise<Buffer>;
}

/**
 * The files of a .tgz file, or of a folder that one was unpacked to, with or without its inner folder `package`.
 * @throws Error when there is nothing at the path, or the archive is damaged
 */
export async function packageFiles(path: string): Promise<PackageFiles> {
  return statSync(path).isDirectory() ? folderFiles(path) : archiveFiles(path);
}

function folderFiles(path: string): PackageFiles {
  const inner = join(path, 'package');
  const folder = readdirSync(path).includes('package') ? inner : path;
  const names = new Set(readdirSync(folder).sort());
  const pathOf = (name: string) => {
    // The index of a package may name any path.
    if (!names.has(name)) throw noSuchFile(name);
    return join(folder, name);
  };
  return {
    names,
    size: (name) => statSync(pathOf(name)).size,
    read: (name) => readFileSync(pathOf(name)),
    load: async (name) => readFile(pathOf(name)),
  };
}

/** What was unpacked is kept for as long as there is memory for it, and unpacked anew when it is needed later. */
async function archiveFiles(path: string): Promise<PackageFiles> {
  const options = { maxOutputLength: mostBytes };
  const unpack = async () => filesOf(await promisify(gunzip)(await readFile(path), options));
  const first = await unpack();
  const sizes = new Map([...first].map(([name, { length }]) => [name, length]));
  let unpacked = new WeakRef(first);
  const keep = (files: Map<string, Buffer>) => {
    unpacked = new WeakRef(files);
    return files;
  };
  const fileOf = (files: Map<string, Buffer>, name: string) => {
    const content = files.get(name);
    if (content === undefined) throw noSuchFile(name);
    return content;
  };
  return {
    names: new Set([...first.keys()].sort()),
    size: (name) => sizes.get(name) as number,
    read: (name) => fileOf(unpacked.deref() ?? keep(filesOf(gunzipSync(readFileSync(path), options))), name),
    load: async (name) => fileOf(unpacked.deref() ?? keep(await unpack()), name),
  };
}

function noSuchFile(name: string): Error {
  return new Error(`there is no file package/${name}`);
}

function filesOf(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const { name, content } of readTar(archive)) {
    const [, own] = /^(?:\.\/)?package\/([^/]+)$/.exec(name) ?? [];
    if (own !== undefined) files.set(own, content);
  }
  return files;
}
