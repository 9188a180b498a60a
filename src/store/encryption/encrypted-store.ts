import { containedId, containedType } from '../../search/contained.ts';
import type { Expression } from '../../search/expression.ts';
import type {
  Change,
  Changes,
  ChangesPage,
  CommitResult,
  Conflict,
  DeletedPage,
  DeletedResources,
  HistoryPage,
  PutChange,
  ReadOptions,
  ResourceKey,
  ResourceStore,
  SearchPage,
  SearchQuery,
  StoredVersion,
  TypesQuery,
  WatchedVersions,
  WatchOptions,
} from '../contract.ts';
import type { Shield } from './shield.ts';

/** The store of a tenant whose bodies are encrypted in the database, and some identifiers hashed. */
export class EncryptedStore implements ResourceStore {
  readonly #tenant: string;
  readonly #store: ResourceStore;
  readonly #shield: Shield;
  readonly explain?: NonNullable<ResourceStore['explain']>;

  constructor(tenant: string, store: ResourceStore, shield: Shield) {
    this.#tenant = tenant;
    this.#store = store;
    this.#shield = shield;
    const explain = store.explain?.bind(store);
    if (explain !== undefined) this.explain = async (query) => explain(this.#protected(query));
  }

  async read(type: string, id: string, options?: ReadOptions): Promise<StoredVersion | undefined> {
    return this.#openedIf(await this.#store.read(type, id, options));
  }

  async readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined> {
    return this.#openedIf(await this.#store.readVersion(type, id, version));
  }

  async readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    return this.#allOpened(await this.#store.readMany(keys));
  }

  async history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    return this.#allOpened(await this.#store.history(type, id, page));
  }

  async changes(page: ChangesPage): Promise<Changes> {
    const changes = await this.#store.changes(page);
    return { ...changes, versions: this.#allOpened(changes.versions) };
  }

  async *watch(options: WatchOptions): AsyncIterable<WatchedVersions> {
    for await (const { versions, cursor } of this.#store.watch(options))
      yield { versions: this.#allOpened(versions), cursor };
  }

  heldTypes(): Promise<ReadonlySet<string>> {
    return this.#store.heldTypes();
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    return this.#openedPage(await this.#store.search(this.#protected(query)));
  }

  async searchTypes({ parts, ...page }: TypesQuery): Promise<SearchPage> {
    const asked = { ...page, parts: parts.map((part) => this.#protected(part)) };
    return this.#openedPage(await this.#store.searchTypes(asked));
  }

  async count(type: string, expression: Expression, budget: number): Promise<number | undefined> {
    return this.#store.count(type, this.#shield.search(expression), budget);
  }

  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]> {
    return this.#store.targets(type, ids, parameters);
  }

  async deletedResources(page: DeletedPage): Promise<DeletedResources> {
    const found = await this.#store.deletedResources(page);
    const resources = found.resources.map((resource) => {
      const name = { ...resource, tenant: this.#tenant, version: resource.version - 1 };
      return { ...resource, lastBody: this.#shield.opened(name, resource.lastBody) };
    });
    return { ...found, resources };
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    await this.#shield.noted();
    const bodies = new Map<string, string>();
    const sealed = changes.map((change) => (change.kind === 'put' ? this.#sealed(change, bodies) : change));
    const result = await this.#shield.committing(bodies, () => this.#store.commit(sealed));
    return result.ok ? result : { ok: false, conflict: this.#readable(result.conflict, changes) };
  }

  #sealed(change: PutChange, bodies: Map<string, string>): PutChange {
    const { cipher, names } = this.#shield;
    const seal = (type: string, id: string, body: string) => {
      const sealed = cipher.seal({ tenant: this.#tenant, type, id, version: change.version }, body);
      bodies.set(sealed, body);
      return sealed;
    };
    const { claim, identityKeys, contained } = change;
    return {
      ...change,
      body: seal(change.type, change.id, change.body),
      index: this.#shield.index(change.index),
      ...(identityKeys === undefined
        ? {}
        : { identityKeys: identityKeys.map((key) => names.identityKey(key)) }),
      ...(claim === undefined ? {} : { claim: { ...claim, key: names.claim(claim.key) } }),
      ...(contained === undefined
        ? {}
        : {
            contained: contained.map((one) => ({
              ...one,
              body: seal(containedType(one.type), containedId(change, one.id), one.body),
              index: this.#shield.index(one.index),
            })),
          }),
    };
  }

  /** A conflict with the keys as the caller knows them. */
  #readable(conflict: Conflict, changes: readonly Change[]): Conflict {
    const change = changes[conflict.change];
    if (conflict.kind === 'version' || change?.kind !== 'put') return conflict;
    const { names } = this.#shield;
    const key =
      conflict.kind === 'claim'
        ? change.claim?.key
        : change.identityKeys?.find((one) => names.identityKey(one) === conflict.key);
    return { ...conflict, key: key ?? conflict.key };
  }

  #protected<Q extends { expression: Expression }>(query: Q): Q {
    return { ...query, expression: this.#shield.search(query.expression) };
  }

  #openedPage(page: SearchPage): SearchPage {
    return { ...page, matches: this.#allOpened(page.matches) };
  }

  #allOpened<V extends StoredVersion>(versions: readonly V[]): V[] {
    return versions.map((version) => this.#opened(version));
  }

  #openedIf(version: StoredVersion | undefined): StoredVersion | undefined {
    return version && this.#opened(version);
  }

  #opened<V extends StoredVersion>(version: V): V {
    const name = { ...version, tenant: this.#tenant };
    return { ...version, body: this.#shield.opened(name, version.body) };
  }
}
