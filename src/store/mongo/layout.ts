import { setTimeout as wait } from 'node:timers/promises';
import type { ReadPreferenceMode } from 'mongodb';
import { isContainedType } from '../../search/contained.ts';
import type { IndexBuilds } from '../database-stores.ts';
import { collectionName, type Database, historyName, type ScopeDocument } from './database.ts';
import { isUnavailable, onceMore } from './errors.ts';
import {
  currentIndexes,
  expiringIndexes,
  historyIndexes,
  holderIndexes,
  type IndexName,
  type NamedIndex,
  scopeIndexes,
  sortIndex,
} from './indexes.ts';

/** Sort indexes of one collection: each costs memory and time on every write. */
const mostSortIndexes = 12;

/** Collections whose indexes are listed at once when a process starts. */
const collectionsAtOnce = 16;

/** How long a build rests after it met no primary, in milliseconds. */
const restAfterFailure = 1000;

/** Makes the collections and indexes of resource types, and knows which of them are there. */
export class Layout implements IndexBuilds {
  readonly #database: Database;
  /** The names of the ready indexes by collection. */
  readonly #ready = new Map<string, Set<string>>();
  /** Types by tenant whose collections are made. */
  readonly #scopes = new Set<string>();
  readonly #made = new Map<string, Promise<void>>();
  readonly #builds = new Map<string, Promise<void>>();
  readonly #failed = new Set<string>();
  readonly #closing = new AbortController();

  constructor(database: Database) {
    this.#database = database;
  }

  get building(): readonly string[] {
    return [...this.#builds.keys()];
  }

  get failed(): readonly string[] {
    return [...this.#failed];
  }

  async settled(): Promise<void> {
    while (this.#builds.size > 0) await Promise.all(this.#builds.values());
  }

  /** Waits for the indexes under way, but for a database that is away. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  /** Makes what every type shares. */
  async prepare(): Promise<void> {
    await Promise.all([
      ...this.#holders(),
      this.#make('scope', scopeIndexes),
      this.#make('expiring', expiringIndexes),
    ]);
  }

  /**
   * Completes the indexes of the collections that are there, beside the requests: those of a program that had fewer
   * may hold millions of documents.
   */
  async completeInBackground(): Promise<void> {
    for (const { collection, indexes } of await this.missingIndexes()) {
      // Without its unique index a collection was made by half: the first write ends that.
      if (indexes.some(({ unique }) => unique)) continue;
      this.#made.set(collection, Promise.resolve());
      this.#complete(collection, indexes);
    }
  }

  /** The indexes that collections lack, as those that are being built are named. */
  async missingNames(): Promise<string[]> {
    const missing = await this.missingIndexes();
    return missing.flatMap(({ collection, indexes }) =>
      indexes.map(({ name }) => `${this.#prefix}${collection}: ${name}`),
    );
  }

  /** For each collection of versions the indexes that it lacks, none where it has all. */
  async missingIndexes(): Promise<{ collection: string; indexes: NamedIndex[] }[]> {
    const missingIn = async (collection: string) => {
      const indexes = indexesOfCollection(collection);
      if (indexes === undefined) return [];
      const ready = await this.#readIndexes(collection);
      return [{ collection, indexes: indexes.filter((index) => !ready.has(index.name)) }];
    };
    const collections = await this.collections();
    const missing: { collection: string; indexes: NamedIndex[] }[] = [];
    for (let at = 0; at < collections.length; at += collectionsAtOnce) {
      const some = collections.slice(at, at + collectionsAtOnce);
      missing.push(...(await Promise.all(some.map(missingIn))).flat());
    }
    return missing;
  }

  /** Makes the collections of a type before a tenant's first write of it: a transaction makes none. */
  async makeType(tenant: string, type: string): Promise<void> {
    const scope = `${tenant} ${type}`;
    if (this.#scopes.has(scope)) return;
    await Promise.all([
      this.makeDatabase(),
      this.#make(collectionName(type), currentIndexes),
      isContainedType(type) ? undefined : this.#make(historyName(type), historyIndexes),
      this.#noteScope(tenant, type),
    ]);
    this.#scopes.add(scope);
  }

  /** Makes the database of one tenant with what all its types share; the database itself is made by its migration. */
  async makeDatabase(): Promise<void> {
    if (this.#database.isOfOneTenant) await Promise.all(this.#holders());
  }

  #holders(): Promise<void>[] {
    return [this.#make('identity', holderIndexes), this.#make('claim', holderIndexes)];
  }

  async #noteScope(tenant: string, type: string): Promise<void> {
    const { scopes, limits } = this.#database;
    const options = { upsert: true, maxTimeMS: limits.call };
    await onceMore(() => scopes.updateOne({ tenant, type }, { $setOnInsert: { tenant, type } }, options));
  }

  async collections(): Promise<string[]> {
    const { db, limits } = this.#database;
    const found = await db.listCollections({}, { nameOnly: true, maxTimeMS: limits.call }).toArray();
    return found.map(({ name }) => name);
  }

  /** The types that the tenant has resources of, or had some; contained ones are not among them. */
  async typesOf(tenant: string, preference: ReadPreferenceMode): Promise<string[]> {
    return [...(await this.heldTypes(tenant, preference))].filter((type) => !isContainedType(type)).sort();
  }

  /** See `ResourceStore.heldTypes`. */
  async heldTypes(tenant: string, readPreference = this.#database.readPreference): Promise<Set<string>> {
    const { scopes, limits } = this.#database;
    const options = { hint: 'type', readPreference, maxTimeMS: limits.call };
    const found = await scopes.find({ tenant }, options).toArray();
    return new Set(found.map(({ type }) => type));
  }

  /** The ready indexes of a type; `undefined` when it has no collection yet, so that a search would find nothing. */
  async indexesOf(type: string): Promise<ReadonlySet<string> | undefined> {
    const name = collectionName(type);
    const known = this.#ready.get(name);
    if (known !== undefined) return known;
    const { db, limits, readPreference } = this.#database;
    const options = { nameOnly: true, readPreference, maxTimeMS: limits.call } as const;
    const isThere = await db.listCollections({ name }, options).hasNext();
    if (!isThere) return undefined;
    return this.#readIndexes(name);
  }

  /** True when the index is ready, so that a read may be told to use it. */
  async has(type: string, index: IndexName): Promise<boolean> {
    return (await this.indexesOf(type))?.has(index) ?? false;
  }

  /**
   * The name of the index that sorts a type by a field, when it is ready. Otherwise it is begun to be built beside
   * the requests, and `undefined` is answered.
   */
  async sortIndexOf(type: string, field: string): Promise<string | undefined> {
    const ready = await this.indexesOf(type);
    const index = sortIndex(field);
    if (ready === undefined || ready.has(index.name)) return ready && index.name;
    const name = collectionName(type);
    const building = this.building.filter((build) => build.startsWith(`${this.#prefix}${name}: sort `));
    const built = [...ready].filter((one) => one.startsWith('sort '));
    if (built.length + building.length < mostSortIndexes) this.#complete(name, [index]);
    return undefined;
  }

  /** Tells the collections of databases apart. */
  get #prefix(): string {
    const { isOfOneTenant, db } = this.#database;
    return isOfOneTenant ? `${db.databaseName}.` : '';
  }

  #make(name: string, indexes: readonly NamedIndex[]): Promise<void> {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const making = this.#create(name, indexes);
    this.#made.set(name, making);
    making.catch(() => this.#made.delete(name));
    return making;
  }

  /** Makes a collection with its indexes in one step; where another process was first, nothing is left to do. */
  async #create(name: string, indexes: readonly NamedIndex[]): Promise<void> {
    await this.#database.db.collection(name).createIndexes([...indexes]);
    this.#ready.set(name, new Set(['_id_', ...indexes.map((index) => index.name)]));
  }

  #complete(name: string, indexes: readonly NamedIndex[]): void {
    for (const index of indexes) {
      const build = `${this.#prefix}${name}: ${index.name}`;
      if (this.#builds.has(build) || this.#failed.has(build)) continue;
      const building = this.#build(name, index)
        .catch(() => {
          this.#failed.add(build);
        })
        .finally(() => this.#builds.delete(build));
      this.#builds.set(build, building);
    }
  }

  /** The database goes on with an index when its primary changes; who asked for it has to ask again. */
  async #build(name: string, index: NamedIndex): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      try {
        await this.#database.db.collection(name).createIndexes([index]);
        await this.#readIndexes(name);
        return;
      } catch (error) {
        if (!isUnavailable(error) || signal.aborted) throw error;
        await wait(restAfterFailure, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #readIndexes(name: string): Promise<Set<string>> {
    const { db, limits, readPreference } = this.#database;
    const options = { readPreference, maxTimeMS: limits.call };
    const indexes = await db.collection(name).listIndexes(options).toArray();
    // An index that is being built is listed already, but no read can use it.
    const ready = new Set<string>(
      indexes.filter((index) => index['buildUUID'] === undefined).map(({ name: index }) => index as string),
    );
    this.#ready.set(name, ready);
    return ready;
  }
}

/** The types of all tenants, contained ones too. */
export function storedScopes({ scopes, limits }: Database): Promise<ScopeDocument[]> {
  return scopes.find({}, { projection: { _id: 0 }, maxTimeMS: limits.call }).toArray();
}

/** The indexes of a collection of current, contained or superseded resources. */
function indexesOfCollection(name: string): readonly NamedIndex[] | undefined {
  if (name.startsWith('current.') || name.startsWith('contained.')) return currentIndexes;
  return name.startsWith('history.') ? historyIndexes : undefined;
}
