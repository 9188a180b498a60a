import type { IndexValues } from '../../search/index-values.ts';
import type { Change, CommitResult, PutChange } from '../contract.ts';
import type { Indexer } from '../indexing.ts';
import type { Committer } from './committer.ts';
import type { MongoIndexing } from './indexing.ts';

/** How often one commit is indexed anew because the search parameters changed meanwhile. */
const mostAttempts = 20;

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
      if (attempt === mostAttempts) throw new Error('The search parameters change too often for a commit');
      current = this.#indexedAnew(changes, await this.#indexing.refreshedIndexer());
    }
    const result = await this.#committer.commit(tenant, current);
    if (result.ok) {
      await this.#catchUp(tenant, current);
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
      await this.#indexing.indexAnew(tenant, this.#indexedAnew(puts, indexer));
      generation = now;
    }
  }

  #indexedAnew(changes: readonly Change[], indexer: Indexer): Change[] {
    return changes.map((change) =>
      change.kind === 'put' ? { ...indexed(change, indexer), ...containedOf(change, indexer) } : change,
    );
  }
}

function indexed<R extends { body: string }>(resource: R, indexer: Indexer): R & { index: IndexValues } {
  return { ...resource, index: indexer.extract(resource.body) };
}

function containedOf({ contained }: PutChange, indexer: Indexer): Pick<PutChange, 'contained'> {
  return contained === undefined ? {} : { contained: contained.map((each) => indexed(each, indexer)) };
}
