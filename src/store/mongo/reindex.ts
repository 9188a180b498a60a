import { setImmediate, setTimeout } from 'node:timers/promises';
import { type ClientSession, ObjectId } from 'mongodb';
import { isContainedType, plainType } from '../../search/contained.ts';
import type { Indexing, ReindexOptions, ReindexResult } from '../indexing.ts';
import { countInSteps } from './count-in-steps.ts';
import { lowestKey } from './creation-key.ts';
import type { Database, ScopeDocument } from './database.ts';
import type { CurrentDocument } from './documents.ts';
import { completeParameters, storedGeneration, storedParameters } from './indexed-parameters.ts';
import { storedScopes } from './layout.ts';
import { renewing, takeLease } from './lease.ts';
import { type ReindexEntry, reindexProjection, writeReindexed } from './reindex-writes.ts';
import type { TenantDatabases } from './tenant-databases.ts';
import { inTransaction } from './transaction.ts';

/** Resources of one transaction: short enough to be in nobody's way for long. */
const batchSize = 100;

/** How long the extraction may hold the event loop at a time, in milliseconds. */
const slice = 8;

/** Where a run over all resources that was cut short is remembered; one over some types has its own place. */
const allProgress = 'reindex';
const typesProgress = 'reindex-types';

const leaseName = 'reindex-lease';

/** How long a process that indexes anew is believed alive after its last sign, in milliseconds. */
const leaseDuration = 5_000;

/** How often one that waits for it looks again, in milliseconds. */
const lookInterval = 500;

/** The last resource that is done. */
interface Place extends ScopeDocument {
  key: string;
}

type Extract = Parameters<Indexing['reindex']>[0];

/** One run of `Indexing.reindex`. */
export class Reindexing {
  readonly #database: Database;
  readonly #tenants: TenantDatabases;
  readonly #extract: Extract;
  readonly #options: ReindexOptions;
  readonly #progressName: string;

  constructor(tenants: TenantDatabases, extract: Extract, options: ReindexOptions) {
    this.#database = tenants.shared;
    this.#tenants = tenants;
    this.#extract = extract;
    this.#options = options;
    this.#progressName = options.types === undefined ? allProgress : typesProgress;
  }

  /**
   * Of the processes of the database one runs at a time; the others wait, and find done what it did. Should the lease
   * be lost, two do the same work: each batch is a transaction, so that this does no harm.
   */
  async run(): Promise<ReindexResult> {
    const { signal } = this.#options;
    while (!signal?.aborted) {
      const lease = await takeLease(this.#database, leaseName, leaseDuration);
      if (lease !== undefined) {
        try {
          return await renewing(lease, leaseDuration, () => this.#runAlone());
        } finally {
          // One that is not released ends by itself.
          await lease.release().catch(() => undefined);
        }
      }
      await setTimeout(lookInterval, undefined, { ref: false, signal }).catch(() => undefined);
    }
    return { end: 'stopped', count: 0 };
  }

  async #runAlone(): Promise<ReindexResult> {
    if (await this.#isDone()) return { end: 'complete', count: 0 };
    const { gentle, signal, onProgress } = this.#options;
    const scopes = await this.#scopes();
    const start = await this.#start();
    const { total, done: before } = await this.#counts(scopes, start);
    let count = 0;
    for (const scope of scopes.filter((one) => start === undefined || nameOf(one) >= nameOf(start))) {
      let key = start !== undefined && nameOf(scope) === nameOf(start) ? start.key : lowestKey;
      for (;;) {
        if (signal?.aborted) return { end: 'stopped', count };
        const started = performance.now();
        const batch = await this.#read(scope, key);
        const last = batch.at(-1);
        if (last === undefined) break;
        key = last._id.toHexString();
        const entries = await this.#entries(scope, batch);
        if (!(await this.#write(scope, entries, { ...scope, key }))) return { end: 'outdated', count };
        count += batch.length;
        onProgress?.(Math.min(before + count, total), total);
        if (gentle) await setTimeout(performance.now() - started, undefined, { ref: false });
      }
    }
    return { end: (await this.#finish()) ? 'complete' : 'outdated', count };
  }

  /** True when another process has made the parameters complete, unless all resources are asked for. */
  async #isDone(): Promise<boolean> {
    const { generation, types, completes = [] } = this.#options;
    if (types === undefined || completes.length === 0) return false;
    const stored = await storedParameters(this.#database);
    const complete = stored.parameters.filter((one) => one.complete).map(({ definition }) => definition.url);
    return stored.generation === generation && completes.every((url) => complete.includes(url));
  }

  /** What is contained is indexed with its container where both are. */
  async #scopes(): Promise<ScopeDocument[]> {
    const { types, containedOf } = this.#options;
    const scopes = await storedScopes(this.#database);
    return scopes
      .filter(({ type }) => types === undefined || types.includes(plainType(type)))
      .filter(({ type }) => containedOf === undefined || !isContainedType(type))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  async #start(): Promise<Place | undefined> {
    const { facts, limits } = this.#database;
    const fact = await facts.findOne({ _id: this.#progressName }, { maxTimeMS: limits.call });
    return fact?.['fingerprint'] === (this.#options.fingerprint ?? '') ? (fact['place'] as Place) : undefined;
  }

  async #counts(
    scopes: readonly ScopeDocument[],
    start: Place | undefined,
  ): Promise<{ total: number; done: number }> {
    let [total, done] = [0, 0];
    for (const scope of scopes) {
      const all = await this.#count(scope, lowestKey);
      total += all;
      if (start === undefined || nameOf(scope) > nameOf(start)) continue;
      done += nameOf(scope) < nameOf(start) ? all : all - (await this.#count(scope, start.key));
    }
    return { total, done };
  }

  #count({ tenant, type }: ScopeDocument, after: string): Promise<number> {
    return countInSteps(this.#tenants.of(tenant).database.current(type), {
      condition: { tenant, live: true, _id: { $gt: new ObjectId(after) } },
      hint: 'created',
      order: ['_id'],
      maxTimeMS: this.#database.limits.search,
    });
  }

  async #read({ tenant, type }: ScopeDocument, after: string): Promise<CurrentDocument[]> {
    const { database, bodies } = this.#tenants.of(tenant);
    const documents = await database
      .current(type)
      .find(
        { tenant, live: true, _id: { $gt: new ObjectId(after) } },
        {
          projection: reindexProjection,
          hint: 'created',
          sort: { _id: 1 },
          limit: batchSize,
          maxTimeMS: this.#database.limits.search,
        },
      )
      .toArray();
    await bodies.load(documents);
    return documents;
  }

  /** The event loop is let go now and then: a batch may hold large resources. */
  async #entries(
    { tenant, type }: ScopeDocument,
    batch: readonly CurrentDocument[],
  ): Promise<ReindexEntry[]> {
    const { layout } = this.#tenants.of(tenant);
    const entries: ReindexEntry[] = [];
    let started = performance.now();
    for (const document of batch) {
      if (performance.now() - started > slice) {
        await setImmediate();
        started = performance.now();
      }
      const body = document.body.toString();
      const name = { tenant, type, id: document.id, version: document.version };
      const contained = this.#options.containedOf?.(body, name);
      for (const one of contained ?? []) await layout.makeType(tenant, `${one.type}#`);
      const index = this.#extract(type, body, name);
      entries.push({ document, index, ...(contained === undefined ? {} : { contained }) });
    }
    return entries;
  }

  #write({ tenant, type }: ScopeDocument, entries: readonly ReindexEntry[], place: Place): Promise<boolean> {
    return this.#guarded(async (session) => {
      await writeReindexed(this.#tenants.of(tenant).database, session, tenant, type, entries);
      await this.#database.facts.replaceOne(
        { _id: this.#progressName },
        { fingerprint: this.#options.fingerprint ?? '', place },
        { session, upsert: true },
      );
    });
  }

  #finish(): Promise<boolean> {
    return this.#guarded(async (session) => {
      await this.#database.facts.deleteOne({ _id: this.#progressName }, { session });
      await completeParameters(this.#database, session, this.#options.completes ?? []);
    });
  }

  /** Answers false, and does nothing, when the search parameters are of another generation. */
  #guarded(work: (session: ClientSession) => Promise<void>): Promise<boolean> {
    const { generation } = this.#options;
    return inTransaction(this.#database, async (session) => {
      if (generation !== undefined && generation !== (await storedGeneration(this.#database, session))) {
        await session.abortTransaction();
        return false;
      }
      await work(session);
      return true;
    });
  }
}

/** Types and tenants in one order. */
function nameOf({ tenant, type }: ScopeDocument): string {
  return `${tenant} ${type}`;
}
