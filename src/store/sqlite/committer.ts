import type { Change, CommitResult } from '../contract.ts';
import { changesTooOften, indexedAnew, mostIndexings } from '../indexed-anew.ts';
import type { Indexer } from '../indexing.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { SearchGate } from './search-gate.ts';
import { wireChange } from './wire.ts';
import type { Writer } from './writer.ts';

/** Sends commits to the writer, with index values by the search parameters as they are then. */
export class Committer {
  readonly #writer: Writer;
  readonly #gate: SearchGate;
  readonly #feed: ChangeFeed;
  #indexer: Indexer | undefined;

  constructor(writer: Writer, gate: SearchGate, feed: ChangeFeed) {
    this.#writer = writer;
    this.#gate = gate;
    this.#feed = feed;
  }

  attach(indexer: Indexer): void {
    this.#indexer = indexer;
  }

  /** @throws Error when the search parameters change each time that the index values were computed anew */
  async commit(tenant: string, changes: readonly Change[]): Promise<CommitResult> {
    let current = changes;
    this.#gate.beforeCommit();
    for (let attempt = 0; attempt < mostIndexings; attempt++) {
      const result = await this.#writer.send({ kind: 'commit', tenant, changes: current.map(wireChange) });
      if (result !== 'outdated') {
        if (result.ok) this.#feed.committed(tenant);
        if (result.ok && this.#indexer !== undefined) {
          await this.#indexer.committed(tenant, new Set(changes.map(({ type }) => type)));
        }
        return result;
      }
      current = await indexedAnew(changes, this.#refreshedIndexer());
    }
    throw changesTooOften();
  }

  #refreshedIndexer(): Indexer {
    const indexer = this.#indexer;
    if (indexer === undefined) throw new Error('The search parameters of the database are not known here');
    indexer.refresh();
    return indexer;
  }
}
