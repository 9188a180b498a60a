import { once } from 'node:events';
import { access, link, rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { workerScript } from './worker-script.ts';

/** The file in which a copy is made until it is whole. */
export function partialOf(target: string): string {
  return `${target}.partial`;
}

/**
 * Copies a database in use to a file that appears when it is whole.
 * @throws Error when there is a file at `target` already
 */
export async function backupDatabase(source: string, target: string): Promise<void> {
  const refusal = `There is a file at ${target} already: a backup overwrites nothing`;
  if (await exists(target)) throw new Error(refusal);
  const partial = partialOf(target);
  await rm(partial, { force: true });
  try {
    const worker = new Worker(workerScript('backup'), { workerData: { source, target: partial } });
    await once(worker, 'exit');
    // A link, unlike a renaming, fails when another backup has taken the name meanwhile.
    await link(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
