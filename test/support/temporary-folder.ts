import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { availableMemory } from 'node:process';

/** A folder in memory, where Linux has one. */
const inMemory = '/dev/shm';

const gibibyte = 1024 ** 3;

/**
 * A folder for what the tests of a run store, which goes with this process: in memory where there is room, since each
 * commit waits until it is on the disk. What a disk has after a power cut no test can tell.
 */
export function temporaryFolder(): string {
  if (!hasRoom()) return tmpdir();
  const folder = mkdtempSync(`${inMemory}/passerelle-`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // They would end the process without this event.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return folder;
}

/** The processes of the tests need some of the memory, too. */
function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize > 3 * gibibyte && availableMemory() > 8 * gibibyte;
  } catch {
    return false;
  }
}
