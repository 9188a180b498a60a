import type { Expression } from '../../search/expression.ts';
import { holds } from '../../search/holds.ts';
import { tooManyLinks } from '../../search/too-many-links.ts';
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
  SearchExplanation,
  SearchPage,
  SearchQuery,
  StoredVersion,
  TypesQuery,
  WatchedVersions,
  WatchOptions,
} from '../contract.ts';
import type { ChangeFeed } from './change-feed.ts';
import { placeOf } from './changes.ts';
import type { Committer } from './committer.ts';
import { TooManyLinks } from './connection.ts';
import { withContainedTargets } from './contained-chains.ts';
import type { Counter } from './counter.ts';
import type { Dictionary } from './dictionary.ts';
import { searchTypes } from './merged-search.ts';
import { startOf } from './order.ts';
import type { Readers } from './readers.ts';
import type { SearchGate } from './search-gate.ts';
import type { Searcher } from './searcher.ts';
import type { Versions } from './versions.ts';
import type { WrittenVersions } from './written-versions.ts';

/** What the stores of all tenants share. */
export interface StoreParts {
  dictionary: Dictionary;
  versions: Versions;
  searcher: Searcher;
  counter: Counter;
  readers: Readers;
  /** Resources that one search may look at beyond its references. */
  mostLinks: number;
  commits: Committer;
  written: WrittenVersions;
  feed: ChangeFeed;
  gate: SearchGate;
  /** See `settleTexts`. */
  settleTexts(): Promise<void>;
  /** Lets go of the bodies that are held in memory, those of erased resources among them. */
  forgetBodies(): void;
  /** Measures the work and passes its answer on. */
  timed<T>(operation: string, work: () => T | Promise<T>): Promise<T>;
}

/** The resources of one tenant. */
export class SqliteResourceStore implements ResourceStore {
  readonly #tenant: string;
  readonly #parts: StoreParts;

  constructor(tenant: string, parts: StoreParts) {
    this.#tenant = tenant;
    this.#parts = parts;
  }

  read(type: string, id: string, { toReplace }: ReadOptions = {}): Promise<StoredVersion | undefined> {
    const { versions, written, timed } = this.#parts;
    return timed(
      'read',
      () => (toReplace && written.get(this.#tenant, type, id)) || versions.current(this.#tenant, type, id),
    );
  }

  readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return this.#parts.timed('readVersion', () =>
      this.#parts.versions.version(this.#tenant, type, id, version),
    );
  }

  readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    return this.#parts.timed('readMany', () => this.#parts.versions.many(this.#tenant, keys));
  }

  history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    return this.#parts.timed('history', () => this.#parts.versions.history(this.#tenant, type, id, page));
  }

  changes(page: ChangesPage): Promise<Changes> {
    return this.#parts.timed('changes', async () => {
      // Refused here, because errors lose their status on the way between threads.
      if (page.cursor !== undefined) placeOf(page.cursor);
      return this.#parts.readers.changes(this.#tenant, page);
    });
  }

  watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    return this.#parts.feed.watch(this.#tenant, options);
  }

  heldTypes(): Promise<ReadonlySet<string>> {
    return this.#parts.timed('heldTypes', () => this.#parts.dictionary.heldTypes(this.#tenant));
  }

  search(asked: SearchQuery): Promise<SearchPage> {
    const { searcher, readers } = this.#parts;
    const query = { ...asked, expression: this.#withContained(asked.expression) };
    // How many resources have a word is not known before they are looked up.
    const isLight = !holds(query.expression, 'text');
    const search = () => {
      if (isLight) return searcher.lightSearch(this.#tenant, query) ?? readers.search(this.#tenant, query);
      // Refused here, because errors lose their status on the way between threads.
      startOf(query.cursor, query.sort);
      return readers.search(this.#tenant, query);
    };
    return this.#parts.timed('search', () => this.#indexed(query.expression, search));
  }

  searchTypes(query: TypesQuery): Promise<SearchPage> {
    return searchTypes((part) => this.search(part), query);
  }

  explain(asked: SearchQuery): Promise<SearchExplanation> {
    const query = { ...asked, expression: this.#withContained(asked.expression) };
    const explain = () => this.#parts.readers.explain(this.#tenant, query);
    return this.#parts.timed('explain', () => this.#indexed(query.expression, explain));
  }

  count(type: string, asked: Expression, budget: number): Promise<number | undefined> {
    const { counter, readers } = this.#parts;
    const expression = this.#withContained(asked);
    const isLight = !holds(expression, 'text');
    const count = () =>
      (isLight ? counter.lightCount(this.#tenant, type, expression) : undefined) ??
      readers.count(this.#tenant, type, expression, budget);
    return this.#parts.timed('count', () => this.#indexed(expression, count));
  }

  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    const targets = () => this.#parts.versions.targets(this.#tenant, type, ids, parameters);
    return this.#parts.timed('targets', () => this.#parts.gate.search(targets));
  }

  deletedResources(page: DeletedPage): Promise<DeletedResources> {
    return this.#parts.timed('deletedResources', () =>
      this.#parts.versions.deletedResources(this.#tenant, page),
    );
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    const { commits, written, forgetBodies, timed } = this.#parts;
    const commit = async () => {
      const result = await commits.commit(this.#tenant, changes);
      written.note(this.#tenant, changes, result);
      return result;
    };
    if (!changes.some(({ kind }) => kind === 'purge')) return timed('commit', commit);
    return timed('commit', () => commit().finally(forgetBodies));
  }

  #withContained(expression: Expression): Expression {
    if (!holds(expression, 'chain')) return expression;
    const { dictionary } = this.#parts;
    return withContainedTargets(expression, (type) => dictionary.hasScope(this.#tenant, type));
  }

  /** Texts are always indexed behind the commits: a search for words waits for them. */
  #indexed<T>(expression: Expression, work: () => T | Promise<T>): T | Promise<T> {
    const { gate, settleTexts, mostLinks } = this.#parts;
    const search = () => {
      try {
        return work();
      } catch (error) {
        throw error instanceof TooManyLinks ? tooManyLinks(mostLinks) : error;
      }
    };
    return gate.search(() => (holds(expression, 'text') ? settleTexts().then(search) : search()));
  }
}
