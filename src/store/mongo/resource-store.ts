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
import type { TimeLimits } from './database.ts';
import { within } from './deadline.ts';
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
  limits: TimeLimits;
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
    return this.#read('read', 'call', ({ versions }) => versions.current(this.#tenant, type, id));
  }

  readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return this.#read('readVersion', 'call', ({ versions }) =>
      versions.version(this.#tenant, type, id, version),
    );
  }

  readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    return this.#read('readMany', 'call', ({ versions }) => versions.many(this.#tenant, keys));
  }

  history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    return this.#read('history', 'call', ({ versions }) => versions.history(this.#tenant, type, id, page));
  }

  changes(page: ChangesPage): Promise<Changes> {
    return this.#read('changes', 'search', ({ changes }) => changes.changes(this.#tenant, page));
  }

  watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    return this.#parts.feed.watch(this.#tenant, options);
  }

  heldTypes(): Promise<ReadonlySet<string>> {
    return this.#read('heldTypes', 'call', ({ layout }) => layout.heldTypes(this.#tenant));
  }

  search(query: SearchQuery): Promise<SearchPage> {
    return this.#read('search', 'search', ({ searcher }) => searcher.search(this.#tenant, query));
  }

  async searchTypes(query: TypesQuery): Promise<SearchPage> {
    const held = await this.heldTypes();
    return searchTypes(async (part) => (held.has(part.type) ? this.search(part) : { matches: [] }), query);
  }

  explain(query: SearchQuery): Promise<SearchExplanation> {
    return this.#read('explain', 'search', ({ reads, searcher }) =>
      explainSearch(reads, () => searcher.search(this.#tenant, query)),
    );
  }

  count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    return this.#run('count', ({ searcher }) => searcher.count(this.#tenant, type, expression, budget));
  }

  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    return this.#read('targets', 'call', ({ versions }) =>
      versions.targets(this.#tenant, type, ids, parameters),
    );
  }

  deletedResources(page: DeletedPage): Promise<DeletedResources> {
    return this.#read('deletedResources', 'search', ({ versions }) =>
      versions.deletedResources(this.#tenant, page),
    );
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#run('commit', ({ committer }) => committer.commit(this.#tenant, changes));
  }

  #read<T>(operation: string, limit: 'call' | 'search', work: (parts: StoreParts) => Promise<T>): Promise<T> {
    return this.#run(operation, (parts) => within(parts.limits[limit], work(parts)));
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
