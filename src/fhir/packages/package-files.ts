import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTar } from './tar.ts';

/** The most bytes that a package may unpack to. */
const mostBytes = 1 << 30;

/** The files of a package by their name within its folder `package`; what lies deeper (examples) is left out. */
export interface PackageFiles {
  /** In alphabetical order. */
  names: ReadonlySet<string>;
  /** @throws Error when there is no such file */
  read(name: string): Buffer;
}

/**
 * The files of a .tgz file, or of a folder that one was unpacked to, with or without its inner folder `package`.
 * @throws Error when there is nothing at the path, or the archive is damaged
 */
export function packageFiles(path: string): PackageFiles {
  return statSync(path).isDirectory() ? folderFiles(path) : archiveFiles(path);
}

function folderFiles(path: string): PackageFiles {
  const inner = join(path, 'package');
  const folder = readdirSync(path).includes('package') ? inner : path;
  const names = new Set(readdirSync(folder).sort());
  return {
    names,
    read(name) {
      // The index of a package may name any path.
      if (!names.has(name)) throw noSuchFile(name);
      return readFileSync(join(folder, name));
    },
  };
}

/** What was unpacked is kept for as long as there is memory for it, and unpacked anew when it is needed later. */
function archiveFiles(path: string): PackageFiles {
  const first = unpack(path);
  let unpacked = new WeakRef(first);
  return {
    names: new Set([...first.keys()].sort()),
    read(name) {
      const files = unpacked.deref() ?? unpack(path);
      unpacked = new WeakRef(files);
      const content = files.get(name);
      if (content === undefined) throw noSuchFile(name);
      return content;
    },
  };
}

function noSuchFile(name: string): Error {
  return new Error(`there is no file package/${name}`);
}

function unpack(path: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const { name, content } of readTar(gunzipSync(readFileSync(path), { maxOutputLength: mostBytes }))) {
    const [, own] = /^(?:\.\/)?package\/([^/]+)$/.exec(name) ?? [];
    if (own !== undefined) files.set(own, content);
  }
  return files;
}
