import type { Change, CommitResult } from '../contract.ts';
import { changesTooOften, indexedAnew, mostIndexings } from '../indexed-anew.ts';
import type { Committer } from './committer.ts';
import { isTimeout, isUnavailable, UnknownEnd } from './errors.ts';
import type { MongoIndexing } from './indexing.ts';

/** Makes commits with index values by the search parameters as they are then. */
export class IndexedCommitter {
  readonly #committer: Committer;
  readonly #indexing: MongoIndexing;

  constructor(committer: Committer, indexing: MongoIndexing) {
    this.#committer = committer;
    this.#indexing = indexing;
  }

  /** @throws Error when the search parameters change each time that the index values were computed anew */
  async commit(tenant: string, changes: readonly Change[]): Promise<CommitResult> {
    let current = changes;
    for (let attempt = 0; this.#isOutdated(current); attempt++) {
      if (attempt === mostIndexings) throw changesTooOften();
      current = await indexedAnew(changes, await this.#indexing.refreshedIndexer());
    }
    const result = await this.#committer.commit(tenant, current);
    if (result.ok) {
      await this.#catchUp(tenant, current).catch((error) => {
        // The commit was made; what is not known is whether its index values are those of now.
        throw isTimeout(error) || isUnavailable(error) ? new UnknownEnd(error) : error;
      });
      await this.#indexing.committed(tenant, current);
    }
    return result;
  }

  /** Index values are of other search parameters than those that this process knows. */
  #isOutdated(changes: readonly Change[]): boolean {
    const known = this.#indexing.parameters().generation;
    return changes.some((change) => change.kind === 'put' && (change.index.generation ?? known) !== known);
  }

  /**
   * Another process may have changed the parameters before the commit ended, and a run over all resources may have
   * passed by: what was written is then indexed anew. What changes after this look, such a run finds.
   */
  async #catchUp(tenant: string, changes: readonly Change[]): Promise<void> {
    const puts = changes.filter((change) => change.kind === 'put');
    for (let generation = puts[0]?.index.generation; generation !== undefined; ) {
      const now = await this.#indexing.generation();
      if (now === generation) return;
      const indexer = await this.#indexing.refreshedIndexer();
      await this.#indexing.indexAnew(tenant, await indexedAnew(puts, indexer));
      generation = now;
    }
  }
}
