import type { Expression } from '../search/expression.ts';
import type {
  Change,
  Changes,
  ChangesPage,
  CommitResult,
  DeletedPage,
  DeletedResources,
  HistoryPage,
  ReadOptions,
  ResourceKey,
  ResourceStore,
  SearchPage,
  SearchQuery,
  StoredVersion,
  TypesQuery,
  WatchedVersions,
  WatchOptions,
} from '../store/contract.ts';
import type { Disclosed } from './disclosed.ts';

/** What the store of an interaction needs of the trail. */
export interface TrailOfStore {
  /** The events of changes that are about to be committed. */
  eventsOf(changes: readonly Change[]): Promise<Change[]>;
  /** Resolves when all that was recorded before can be found. */
  settled(): Promise<void>;
}

/**
 * The store of one interaction: it notes what the interaction reads, and puts the events of what it writes into the
 * same commit.
 */
export class AuditedStore implements ResourceStore {
  readonly #store: ResourceStore;
  readonly #disclosed: Disclosed;
  readonly #trail: TrailOfStore;
  readonly explain?: NonNullable<ResourceStore['explain']>;

  constructor(store: ResourceStore, disclosed: Disclosed, trail: TrailOfStore) {
    this.#store = store;
    this.#disclosed = disclosed;
    this.#trail = trail;
    if (store.explain !== undefined) this.explain = store.explain.bind(store);
  }

  async read(type: string, id: string, options?: ReadOptions): Promise<StoredVersion | undefined> {
    return this.#one(await this.#store.read(type, id, options));
  }

  async readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return this.#one(await this.#store.readVersion(type, id, version));
  }

  async readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    const versions = await this.#store.readMany(keys);
    this.#disclosed.addAll(versions);
    return versions;
  }

  async history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    const versions = await this.#store.history(type, id, page);
    if (!page.isCounted) this.#disclosed.addAll(versions);
    return versions;
  }

  async changes(page: ChangesPage): Promise<Changes> {
    await this.#settle(page.type);
    const changes = await this.#store.changes(page);
    if (!page.isCounted) this.#disclosed.addAll(changes.versions);
    return changes;
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    await this.#settle(query.type);
    const page = await this.#store.search(query);
    this.#disclosed.addAll(page.matches);
    return page;
  }

  async searchTypes(query: TypesQuery): Promise<SearchPage> {
    for (const { type } of query.parts) await this.#settle(type);
    const page = await this.#store.searchTypes(query);
    this.#disclosed.addAll(page.matches);
    return page;
  }

  async deletedResources(page: DeletedPage): Promise<DeletedResources> {
    const deleted = await this.#store.deletedResources(page);
    for (const { type, id, lastBody } of deleted.resources) {
      this.#disclosed.addBody({ type, id, body: lastBody });
    }
    return deleted;
  }

  watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    return this.#store.watch(options);
  }

  heldTypes(): Promise<ReadonlySet<string>> {
    return this.#store.heldTypes();
  }

  async count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    await this.#settle(type);
    return this.#store.count(type, expression, budget);
  }

  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    return this.#store.targets(type, ids, parameters);
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    const events = await this.#trail.eventsOf(changes);
    const result = await this.#store.commit([...changes, ...events]);
    if (result.ok) this.#disclosed.written += changes.length;
    return result;
  }

  /** Whoever looks into the trail finds what was recorded before. */
  async #settle(type: string | undefined): Promise<void> {
    if (type === 'AuditEvent') await this.#trail.settled();
  }

  #one(version: StoredVersion | undefined): StoredVersion | undefined {
    if (version !== undefined) this.#disclosed.add(version);
    return version;
  }
}
