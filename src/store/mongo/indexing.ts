import type { Change } from '../contract.ts';
import type {
  IndexedParameter,
  IndexedParameters,
  Indexer,
  Indexing,
  ReindexOptions,
  ReindexResult,
} from '../indexing.ts';
import type { Database } from './database.ts';
import { within } from './deadline.ts';
import { guarded } from './errors.ts';
import { replaceStoredParameters, storedGeneration, storedParameters } from './indexed-parameters.ts';
import { Reindexing } from './reindex.ts';
import { reindexProjection, writeReindexed } from './reindex-writes.ts';
import { repeat } from './repeat.ts';
import type { TenantDatabases } from './tenant-databases.ts';
import { inTransaction } from './transaction.ts';

/** How often a process looks whether another has changed the search parameters, in milliseconds. */
const lookInterval = 2000;

/** The search parameters of a database, as this process knows them, and what computes index values by them. */
export class MongoIndexing implements Indexing {
  readonly #database: Database;
  readonly #tenants: TenantDatabases;
  #known: IndexedParameters;
  #indexer: Indexer | undefined;
  readonly #timer: NodeJS.Timeout;
  /** A read of the generation, and the one that follows it. */
  #underWay: Promise<number> | undefined;
  #next: Promise<number> | undefined;

  private constructor(tenants: TenantDatabases, known: IndexedParameters) {
    this.#database = tenants.shared;
    this.#tenants = tenants;
    this.#known = known;
    this.#timer = repeat(lookInterval, () => this.#look());
    this.#timer.unref();
  }

  static async open(tenants: TenantDatabases): Promise<MongoIndexing> {
    return new MongoIndexing(tenants, await storedParameters(tenants.shared));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  parameters(): IndexedParameters {
    return this.#known;
  }

  replaceParameters(expected: number, parameters: readonly IndexedParameter[]): Promise<boolean> {
    return guarded(() => within(this.#database.limits.commit, this.#replace(expected, parameters)));
  }

  reindex(extract: Parameters<Indexing['reindex']>[0], options: ReindexOptions = {}): Promise<ReindexResult> {
    return guarded(async () => {
      const result = await new Reindexing(this.#tenants, extract, options).run();
      this.#known = await storedParameters(this.#database);
      return result;
    });
  }

  attach(indexer: Indexer): void {
    this.#indexer = indexer;
  }

  /**
   * The indexer with the parameters as they are now.
   * @throws Error when none is attached
   */
  async refreshedIndexer(): Promise<Indexer> {
    this.#known = await within(this.#database.limits.call, storedParameters(this.#database));
    const indexer = this.#indexer;
    if (indexer === undefined) throw new Error('The search parameters of the database are not known here');
    indexer.refresh();
    return indexer;
  }

  /**
   * The generation of the search parameters as it is now. A read that is under way may have begun too early: those
   * who come meanwhile share the next one.
   */
  async generation(): Promise<number> {
    const underWay = this.#underWay;
    if (underWay === undefined) return this.#readGeneration();
    this.#next ??= underWay
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#readGeneration();
      });
    return this.#next;
  }

  /** Replaces the index values of these versions by those that the changes bring, where they are current. */
  async indexAnew(tenant: string, changes: readonly Change[]): Promise<void> {
    const { database, bodies } = this.#tenants.of(tenant);
    await inTransaction(database, async (session) => {
      for (const change of changes) {
        if (change.kind !== 'put') continue;
        const { type, id, version, index, contained } = change;
        const documents = await database
          .current(type)
          .find({ tenant, id, version }, { session, projection: reindexProjection, hint: 'id' })
          .toArray();
        await bodies.load(documents);
        const entries = documents.map((document) => ({
          document,
          index,
          ...(contained === undefined ? {} : { contained }),
        }));
        await writeReindexed(database, session, tenant, type, entries);
      }
      return true;
    });
  }

  /** Tells the indexer of a commit. */
  async committed(tenant: string, changes: readonly Change[]): Promise<void> {
    await this.#indexer?.committed(tenant, new Set(changes.map(({ type }) => type)));
  }

  async #replace(expected: number, parameters: readonly IndexedParameter[]): Promise<boolean> {
    const isReplaced = await replaceStoredParameters(this.#database, expected, parameters);
    this.#known = await storedParameters(this.#database);
    return isReplaced;
  }

  #readGeneration(): Promise<number> {
    const { limits } = this.#database;
    const reading = within(limits.call, storedGeneration(this.#database)).finally(() => {
      if (this.#underWay === reading) this.#underWay = undefined;
    });
    this.#underWay = reading;
    return reading;
  }

  async #look(): Promise<void> {
    this.#known = await storedParameters(this.#database);
    this.#indexer?.refresh();
  }
}
