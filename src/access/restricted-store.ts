import { fhirError } from '../fhir/error.ts';
import { referenceTo } from '../fhir/reference.ts';
import type { Action } from '../interactions/access.ts';
import { containerOf, isContainedType, plainType } from '../search/contained.ts';
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
import { CommitCheck } from './commit-check.ts';
import { isNothing, nothing } from './filters.ts';
import type { Grants } from './grants.ts';
import type { Judge } from './judge.ts';
import { restrictedLinks, restrictedSearch } from './restricted-search.ts';
import { Visibility } from './visibility.ts';

/** How many pages are read for one page of what is visible; then a shorter one is answered, and its link goes on. */
const mostPages = 20;

export interface RestrictedStoreOptions {
  /** The store of the tenant. */
  store: ResourceStore;
  grants: Grants;
  judge: Judge;
  /** A resource that may be acted on in one of these ways is read: `r` alone but where a write looks for its target. */
  readBy: readonly Action[];
  /** Told of the types of what was committed. */
  onCommit(changes: readonly Change[]): void;
}

/**
 * The store of a tenant as a limited actor sees it: what is not granted is not there, whatever way leads to it. So every
 * interaction and operation is limited without knowing it.
 */
export class RestrictedStore implements ResourceStore {
  readonly #store: ResourceStore;
  readonly #grants: Grants;
  readonly #visibility: Visibility;
  readonly #commits: CommitCheck;
  readonly #onCommit: RestrictedStoreOptions['onCommit'];
  readonly explain?: NonNullable<ResourceStore['explain']>;

  constructor({ store, grants, judge, readBy, onCommit }: RestrictedStoreOptions) {
    this.#store = store;
    this.#grants = grants;
    this.#visibility = new Visibility(store, grants, judge, readBy);
    this.#commits = new CommitCheck(store, grants, judge, this.#visibility);
    this.#onCommit = onCommit;
    const explain = store.explain?.bind(store);
    if (explain !== undefined) this.explain = (query) => explain(this.#restricted(query));
  }

  async read(type: string, id: string, options?: ReadOptions): Promise<StoredVersion | undefined> {
    if (this.#visibility.hides(type)) return undefined;
    const version = await this.#store.read(type, id, options);
    if (version === undefined || this.#visibility.shows(type)) return version;
    return (await this.#visibility.sees(version)) ? version : undefined;
  }

  async readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    if (this.#visibility.hides(type)) return undefined;
    const found = await this.#store.readVersion(type, id, version);
    if (found === undefined || this.#visibility.shows(type)) return found;
    return (await this.#visibility.seen([found]))[0];
  }

  async readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    const possible = keys.filter(({ type }) => !this.#visibility.hides(type));
    if (possible.length === 0) return [];
    const found = await this.#store.readMany(possible);
    return found.filter((version) => this.#visibility.seesBody(version));
  }

  async history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    if (!(await this.#visibility.seesCurrent({ type, id }))) return [];
    if (this.#visibility.shows(type)) return this.#store.history(type, id, page);
    const kept: StoredVersion[] = [];
    for (let from: Partial<HistoryPage> = {}; ; ) {
      const count = page.count - kept.length;
      const found = await this.#store.history(type, id, { ...page, ...from, count });
      kept.push(...(await this.#visibility.seen(found)));
      const last = found.at(-1);
      if (last === undefined || found.length < count || kept.length === page.count) return kept;
      from = page.oldestFirst ? { after: last.version } : { before: last.version };
    }
  }

  async changes(page: ChangesPage): Promise<Changes> {
    if (page.type !== undefined && this.#hidesSearch(page.type)) return { versions: [] };
    const { items, next } = await filled(page, async (part) => {
      const { versions, next } = await this.#store.changes(part);
      const searched = versions.filter(({ type }) => !this.#hidesSearch(type));
      return { found: versions.length, kept: await this.#visibility.seen(searched), next };
    });
    return withNext<Changes>({ versions: items }, next);
  }

  async *watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    for await (const { versions, cursor } of this.#store.watch(options)) {
      const searched = versions.filter(({ type }) => !this.#hidesSearch(type));
      yield { versions: await this.#visibility.seen(searched), cursor };
    }
  }

  async heldTypes(): Promise<ReadonlySet<string>> {
    const held = [...(await this.#store.heldTypes())];
    return new Set(held.filter((type) => isContainedType(type) || !this.#hidesAll(type)));
  }

  search(query: SearchQuery): Promise<SearchPage> {
    if (isContainedType(query.type)) return this.#searchContained(query);
    const restricted = this.#restricted(query);
    if (isNothing(restricted.expression)) return Promise.resolve({ matches: [] });
    return this.#store.search(restricted);
  }

  searchTypes({ parts, ...page }: TypesQuery): Promise<SearchPage> {
    return this.#store.searchTypes({ ...page, parts: parts.map((part) => this.#restricted(part)) });
  }

  async count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    if (isContainedType(type)) return this.#countContained(type, expression, budget);
    const restricted = restrictedSearch(this.#grants, type, expression);
    return isNothing(restricted) ? 0 : this.#store.count(type, restricted, budget);
  }

  async targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    if (this.#visibility.shows(type)) return this.#store.targets(type, ids, parameters);
    const keys = ids.map((id) => ({ type, id }));
    const seen = isContainedType(type) ? await this.#ofVisibleContainers(keys) : await this.readMany(keys);
    if (seen.length === 0) return [];
    const seenIds = seen.map(({ id }) => id);
    return this.#store.targets(type, seenIds, parameters);
  }

  async deletedResources(page: DeletedPage): Promise<DeletedResources> {
    if (this.#visibility.hides(page.type)) return { resources: [] };
    const { items, next } = await filled(page, async (part) => {
      const { resources, next } = await this.#store.deletedResources(part);
      const kept = resources.filter(({ type, id, lastBody }) =>
        this.#visibility.seesBody({ type, id, lastUpdated: 0, body: lastBody }),
      );
      return { found: resources.length, kept, next };
    });
    return withNext<DeletedResources>({ resources: items }, next);
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    for (const change of changes) await this.#commits.check(change);
    const result = await this.#store.commit(changes);
    if (result.ok) {
      this.#onCommit(changes);
    } else if (
      result.conflict.kind === 'identity' &&
      !(await this.#visibility.seesCurrent(result.conflict.holder))
    ) {
      // Its name would tell of a resource that is not there for the caller.
      const diagnostics = 'Another resource already holds an identifier that one resource alone may hold';
      throw fhirError(409, 'duplicate', diagnostics);
    }
    return result;
  }

  #restricted<Q extends Pick<SearchQuery, 'type' | 'expression'>>(query: Q): Q {
    // Which of several types a contained match is of cannot be told before its container is seen.
    const expression = isContainedType(query.type)
      ? nothing()
      : restrictedSearch(this.#grants, query.type, query.expression);
    return { ...query, expression };
  }

  #hidesSearch(type: string): boolean {
    return isNothing(this.#grants.filter(plainType(type), 's'));
  }

  #hidesAll(type: string): boolean {
    return this.#hidesSearch(type) && this.#visibility.hides(type);
  }

  /** A contained resource is as visible as its container. */
  async #searchContained(query: SearchQuery): Promise<SearchPage> {
    const expression = restrictedLinks(this.#grants, query.expression);
    const { items, next } = await filled(query, async (part) => {
      const { matches, next } = await this.#store.search({ ...part, expression });
      return { found: matches.length, kept: await this.#ofVisibleContainers(matches), next };
    });
    return withNext<SearchPage>({ matches: items }, next);
  }

  async #countContained(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    const end = Date.now() + budget;
    let count = 0;
    for (let cursor: string | undefined; Date.now() < end; ) {
      const query = { type, expression, sort: [], count: 500, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#searchContained(query);
      count += page.matches.length;
      if (page.next === undefined) return count;
      cursor = page.next;
    }
    return undefined;
  }

  async #ofVisibleContainers<K extends ResourceKey>(matches: readonly K[]): Promise<K[]> {
    const containers = new Map(matches.map(({ id }) => [referenceTo(containerOf(id)), containerOf(id)]));
    const searchable = [...containers.values()].filter(({ type }) => !this.#hidesSearch(type));
    const seen = new Set((await this.readMany(searchable)).map(referenceTo));
    return matches.filter(({ id }) => seen.has(referenceTo(containerOf(id))));
  }
}

/** One page of a store without what is hidden. */
interface Filtered<T> {
  /** How many there were with it. */
  found: number;
  kept: T[];
  next: string | undefined;
}

/** Reads pages until one is full of what is visible; each starts where the one before ended, so that none is lost. */
async function filled<P extends { count: number; cursor?: string }, T>(
  page: P,
  read: (page: P) => Promise<Filtered<T>>,
): Promise<{ items: T[]; next: string | undefined }> {
  const items: T[] = [];
  let part = page;
  for (let pages = 1; ; pages += 1) {
    const { kept, next } = await read({ ...part, count: page.count - items.length });
    items.push(...kept);
    if (next === undefined || items.length >= page.count || pages === mostPages) return { items, next };
    part = { ...part, cursor: next };
  }
}

function withNext<T extends { next?: string }>(page: T, next: string | undefined): T {
  return next === undefined ? page : { ...page, next };
}
