import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

/** A file of resources to import: one bundle or resource, or one resource a line. */
export interface ImportFile {
  path: string;
  /** Name without folder, for reports. */
  name: string;
  kind: 'json' | 'ndjson';
}

const pattern = /\.(json|ndjson)(\.gz|\.bz2)?$/;

/**
 * The files to import of a folder in the order of their names, or one file.
 * @throws Error when there is none
 */
export async function importFiles(path: string): Promise<ImportFile[]> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path)).sort() : [path];
  const files = names.flatMap((name): ImportFile[] => {
    const kind = pattern.exec(name)?.[1];
    return kind === undefined
      ? []
      : [
          {
            path: isFolder ? join(path, name) : path,
            name: basename(name),
            kind: kind === 'json' ? 'json' : 'ndjson',
          },
        ];
  });
  if (files.length === 0)
    throw new Error(`${path} holds no .json or .ndjson file (.gz and .bz2 are read too)`);
  return files;
}

/** The whole text of a file, decompressed by its ending. */
export function fileText(file: ImportFile): Promise<string> {
  return text(open(file.path));
}

/** The lines of a file that are not blank, decompressed by its ending. */
export async function* fileLines(file: ImportFile): AsyncIterable<string> {
  for await (const line of createInterface({ input: open(file.path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield line;
  }
}

function open(path: string): Readable {
  const source = createReadStream(path);
  if (path.endsWith('.gz')) return source.on('error', () => undefined).pipe(createGunzip());
  if (path.endsWith('.bz2')) return bunzip2(path);
  return source;
}

/** Node.js has no bzip2 of its own: the system's command reads it. */
function bunzip2(path: string): Readable {
  const child = spawn('bzip2', ['-dc', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.on('error', () => child.stdout.destroy(new Error(`reading ${path} needs the command bzip2`)));
  child.on('close', (code) => {
    if (code !== 0) child.stdout.destroy(new Error(`bzip2 cannot read ${path}`));
  });
  return child.stdout;
}
