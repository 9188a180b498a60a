import type { IndexValues } from '../../search/index-values.ts';
import type { Change } from '../contract.ts';
import type {
  IndexedParameter,
  IndexedParameters,
  Indexer,
  Indexing,
  ReindexOptions,
  ReindexResult,
} from '../indexing.ts';
import type { Bodies } from './bodies.ts';
import type { Database } from './database.ts';
import { guarded } from './errors.ts';
import { replaceStoredParameters, storedGeneration, storedParameters } from './indexed-parameters.ts';
import type { Layout } from './layout.ts';
import { Reindexing } from './reindex.ts';
import { reindexProjection, writeReindexed } from './reindex-writes.ts';
import { inTransaction } from './transaction.ts';

/** How often a process looks whether another has changed the search parameters, in milliseconds. */
const lookInterval = 2000;

interface Parts {
  database: Database;
  layout: Layout;
  bodies: Bodies;
}

/** The search parameters of a database, as this process knows them, and what computes index values by them. */
export class MongoIndexing implements Indexing {
  readonly #parts: Parts;
  #known: IndexedParameters;
  #indexer: Indexer | undefined;
  readonly #timer: NodeJS.Timeout;
  /** A read of the generation, and the one that follows it. */
  #underWay: Promise<number> | undefined;
  #next: Promise<number> | undefined;

  private constructor(parts: Parts, known: IndexedParameters) {
    this.#parts = parts;
    this.#known = known;
    // A look that fails is made up for by the next one.
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), lookInterval);
    this.#timer.unref();
  }

  static async open(parts: Parts): Promise<MongoIndexing> {
    return new MongoIndexing(parts, await storedParameters(parts.database));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  parameters(): IndexedParameters {
    return this.#known;
  }

  replaceParameters(expected: number, parameters: readonly IndexedParameter[]): Promise<boolean> {
    return guarded(async () => {
      const isReplaced = await replaceStoredParameters(this.#parts.database, expected, parameters);
      this.#known = await storedParameters(this.#parts.database);
      return isReplaced;
    });
  }

  reindex(
    extract: (type: string, body: string) => IndexValues,
    options: ReindexOptions = {},
  ): Promise<ReindexResult> {
    return guarded(async () => {
      const result = await new Reindexing(this.#parts, extract, options).run();
      this.#known = await storedParameters(this.#parts.database);
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
    this.#known = await storedParameters(this.#parts.database);
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
    const { database, bodies } = this.#parts;
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

  #readGeneration(): Promise<number> {
    const reading = storedGeneration(this.#parts.database).finally(() => {
      if (this.#underWay === reading) this.#underWay = undefined;
    });
    this.#underWay = reading;
    return reading;
  }

  async #look(): Promise<void> {
    const found = await storedParameters(this.#parts.database);
    const isChanged = found.generation !== this.#known.generation;
    this.#known = found;
    if (isChanged) this.#indexer?.refresh();
  }
}
