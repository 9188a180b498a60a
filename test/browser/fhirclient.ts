import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The client library of SMART apps; of its package the bundle for browsers alone is needed, without its dependencies. */
const packageName = 'fhirclient@2.6.3';

const cache = new URL('../../node_modules/.cache/passerelle-fhirclient/', import.meta.url).pathname;

/**
 * The script that SMART apps load, which the registry of npm gives once.
 * @throws Error when it is not there and the registry cannot be reached
 */
export async function fhirclientScript(): Promise<string> {
  const file = join(cache, `${packageName}.js`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) await fetchTo(file);
  return readFile(file, 'utf8');
}

/** Made beside and then named, so that no process reads half of it. */
async function fetchTo(file: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'fetching-'));
  try {
    const { stdout } = await run('npm', ['pack', packageName, '--silent', '--pack-destination', directory]);
    const member = 'package/build/fhir-client.js';
    await run('tar', ['-xzf', join(directory, stdout.trim()), '-C', directory, member]);
    await rename(join(directory, member), file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
