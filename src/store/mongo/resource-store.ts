import type { Expression } from '../../search/expression.ts';
import type {
  Change,
  Changes,
  ChangesPage,
  CommitResult,
  DeletedPage,
  DeletedResources,
  HistoryPage,
  ResourceKey,
  ResourceStore,
  SearchExplanation,
  SearchPage,
  SearchQuery,
  StoredVersion,
  TypesQuery,
  WatchedVersions,
  WatchOptions,
} from '../contract.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChangeReader } from './changes.ts';
import { guarded } from './errors.ts';
import { explainSearch } from './explain.ts';
import type { IndexedCommitter } from './indexed-committer.ts';
import type { Layout } from './layout.ts';
import { searchTypes } from './merged-search.ts';
import type { Reads } from './reads.ts';
import type { Searcher } from './searcher.ts';
import type { Versions } from './versions.ts';

/** What the stores of all tenants share. */
export interface StoreParts {
  layout: Layout;
  versions: Versions;
  changes: ChangeReader;
  feed: ChangeFeed;
  reads: Reads;
  searcher: Searcher;
  committer: IndexedCommitter;
  /** Told the seconds that each call took, by the name of the method. */
  onLatency(operation: string, seconds: number): void;
}

/** The resources of one tenant. */
export class MongoResourceStore implements ResourceStore {
  readonly #tenant: string;
  readonly #parts: StoreParts;

  constructor(tenant: string, parts: StoreParts) {
    this.#tenant = tenant;
    this.#parts = parts;
  }

  read(type: string, id: string): Promise<StoredVersion | undefined> {
    return this.#run('read', ({ versions }) => versions.current(this.#tenant, type, id));
  }

  readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return this.#run('readVersion', ({ versions }) => versions.version(this.#tenant, type, id, version));
  }

  readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    return this.#run('readMany', ({ versions }) => versions.many(this.#tenant, keys));
  }

  history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    return this.#run('history', ({ versions }) => versions.history(this.#tenant, type, id, page));
  }

  changes(page: ChangesPage): Promise<Changes> {
    return this.#run('changes', ({ changes }) => changes.changes(this.#tenant, page));
  }

  watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    return this.#parts.feed.watch(this.#tenant, options);
  }

  heldTypes(): Promise<ReadonlySet<string>> {
    return this.#run('heldTypes', ({ layout }) => layout.heldTypes(this.#tenant));
  }

  search(query: SearchQuery): Promise<SearchPage> {
    return this.#run('search', ({ searcher }) => searcher.search(this.#tenant, query));
  }

  async searchTypes(query: TypesQuery): Promise<SearchPage> {
    const held = await this.heldTypes();
    return searchTypes(async (part) => (held.has(part.type) ? this.search(part) : { matches: [] }), query);
  }

  explain(query: SearchQuery): Promise<SearchExplanation> {
    return this.#run('explain', ({ reads, searcher }) =>
      explainSearch(reads, () => searcher.search(this.#tenant, query)),
    );
  }

  count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    return this.#run('count', ({ searcher }) => searcher.count(this.#tenant, type, expression, budget));
  }

  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    return this.#run('targets', ({ versions }) => versions.targets(this.#tenant, type, ids, parameters));
  }

  deletedResources(page: DeletedPage): Promise<DeletedResources> {
    return this.#run('deletedResources', ({ versions }) => versions.deletedResources(this.#tenant, page));
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#run('commit', ({ committer }) => committer.commit(this.#tenant, changes));
  }

  async #run<T>(operation: string, work: (parts: StoreParts) => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await guarded(() => work(this.#parts));
    } finally {
      this.#parts.onLatency(operation, (performance.now() - start) / 1000);
    }
  }
}
