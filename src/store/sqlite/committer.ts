import { setImmediate } from 'node:timers/promises';
import type { IndexValues } from '../../search/index-values.ts';
import type { Change, CommitResult, PutChange } from '../contract.ts';
import type { Indexer } from '../indexing.ts';
import type { SearchGate } from './search-gate.ts';
import { wireChange } from './wire.ts';
import type { Writer } from './writer.ts';

/** How often one commit is indexed anew because the search parameters changed meanwhile. */
const mostAttempts = 20;

/** Sends commits to the writer, with index values by the search parameters as they are then. */
export class Committer {
  readonly #writer: Writer;
  readonly #gate: SearchGate;
  #indexer: Indexer | undefined;

  constructor(writer: Writer, gate: SearchGate) {
    this.#writer = writer;
    this.#gate = gate;
  }

  attach(indexer: Indexer): void {
    this.#indexer = indexer;
  }

  /** @throws Error when the search parameters change each time that the index values were computed anew */
  async commit(tenant: string, changes: readonly Change[]): Promise<CommitResult> {
    let current = changes;
    this.#gate.beforeCommit();
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const result = await this.#writer.send({ kind: 'commit', tenant, changes: current.map(wireChange) });
      if (result !== 'outdated') {
        if (result.ok && this.#indexer !== undefined) {
          await this.#indexer.committed(tenant, new Set(changes.map(({ type }) => type)));
        }
        return result;
      }
      current = await this.#indexedAnew(changes);
    }
    throw new Error('The search parameters change too often for a commit');
  }

  /** The event loop is let go between two resources: a transaction may hold thousands. */
  async #indexedAnew(changes: readonly Change[]): Promise<Change[]> {
    const indexer = this.#indexer;
    if (indexer === undefined) throw new Error('The search parameters of the database are not known here');
    indexer.refresh();
    const anew: Change[] = [];
    for (const change of changes) {
      await setImmediate();
      anew.push(
        change.kind === 'put' ? { ...indexed(change, indexer), ...containedOf(change, indexer) } : change,
      );
    }
    return anew;
  }
}

function indexed<R extends { body: string }>(resource: R, indexer: Indexer): R & { index: IndexValues } {
  return { ...resource, index: indexer.extract(resource.body) };
}

function containedOf({ contained }: PutChange, indexer: Indexer): Pick<PutChange, 'contained'> {
  return contained === undefined ? {} : { contained: contained.map((each) => indexed(each, indexer)) };
}
