import type { Transfer } from '../transfer.ts';

/** The parts of a copy, in their order. */
export type CopyPart = 'versions' | 'claims' | 'expiring' | 'done';

/** How far a copy is, as its target keeps it. */
export interface CopyProgress {
  /** Tells the source from other databases. */
  source: string;
  part: CopyPart;
  /** Where the part goes on, absent at its start. */
  place?: string;
  /** Versions that are copied. */
  versions: number;
}

/** @returns `undefined` for the target of no copy */
export function readProgress(note: string | undefined): CopyProgress | undefined {
  return note === undefined ? undefined : (JSON.parse(note) as CopyProgress);
}

/** @throws Error for the target of a copy that was cut short */
export async function checkCopyEnded(target: Transfer): Promise<void> {
  const progress = readProgress(await target.note());
  if (progress === undefined || progress.part === 'done') return;
  throw new Error('The database is the target of a copy that did not end: run passerelle copy again');
}
