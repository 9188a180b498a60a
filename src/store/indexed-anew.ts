import { setImmediate } from 'node:timers/promises';
import type { IndexValues } from '../search/index-values.ts';
import type { Change, PutChange } from './contract.ts';
import type { Indexer } from './indexing.ts';

/** How often one commit is indexed anew because the search parameters changed meanwhile. */
export const mostIndexings = 20;

/** The refusal of a commit that was indexed anew so often. */
export function changesTooOften(): Error {
  return new Error('The search parameters change too often for a commit');
}

/**
 * The changes with index values by the search parameters that the indexer knows. The event loop is let go between two
 * resources: a transaction may hold thousands.
 */
export async function indexedAnew(changes: readonly Change[], indexer: Indexer): Promise<Change[]> {
  const anew: Change[] = [];
  for (const change of changes) {
    await setImmediate();
    anew.push(
      change.kind === 'put' ? { ...indexed(change, indexer), ...containedOf(change, indexer) } : change,
    );
  }
  return anew;
}

function indexed<R extends { body: string }>(resource: R, indexer: Indexer): R & { index: IndexValues } {
  return { ...resource, index: indexer.extract(resource.body) };
}

function containedOf({ contained }: PutChange, indexer: Indexer): Pick<PutChange, 'contained'> {
  return contained === undefined ? {} : { contained: contained.map((each) => indexed(each, indexer)) };
}
