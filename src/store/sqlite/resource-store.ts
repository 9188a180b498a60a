import type { Expression } from '../../search/expression.ts';
import type {
  Change,
  Changes,
  ChangesPage,
  CommitResult,
  HistoryPage,
  ResourceKey,
  ResourceStore,
  SearchPage,
  SearchQuery,
  StoredVersion,
} from '../contract.ts';
import { placeOf } from './changes.ts';
import type { Counter } from './counter.ts';
import type { Readers } from './readers.ts';
import type { Searcher } from './searcher.ts';
import type { Versions } from './versions.ts';
import { wireChange } from './wire.ts';
import type { Writer } from './writer.ts';

/** What the stores of all tenants share. */
export interface StoreParts {
  versions: Versions;
  searcher: Searcher;
  counter: Counter;
  readers: Readers;
  writer: Writer;
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

  read(type: string, id: string): Promise<StoredVersion | undefined> {
    return this.#parts.timed('read', () => this.#parts.versions.current(this.#tenant, type, id));
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

  search(query: SearchQuery): Promise<SearchPage> {
    const { searcher, readers } = this.#parts;
    return this.#parts.timed(
      'search',
      () => searcher.lightSearch(this.#tenant, query) ?? readers.search(this.#tenant, query),
    );
  }

  count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    const { counter, readers } = this.#parts;
    return this.#parts.timed(
      'count',
      () =>
        counter.lightCount(this.#tenant, type, expression) ??
        readers.count(this.#tenant, type, expression, budget),
    );
  }

  targets(type: string, ids: readonly string[], parameter: string): Promise<ResourceKey[]> {
    return this.#parts.timed('targets', () =>
      this.#parts.versions.targets(this.#tenant, type, ids, parameter),
    );
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#parts.timed('commit', () =>
      this.#parts.writer.send({ kind: 'commit', tenant: this.#tenant, changes: changes.map(wireChange) }),
    );
  }
}
