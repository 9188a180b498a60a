import { AsyncLocalStorage } from 'node:async_hooks';
import type { Document, Filter as DriverFilter } from 'mongodb';
import { collectionName, type Database } from './database.ts';
import type { CurrentDocument } from './documents.ts';
import type { Filter } from './filters.ts';

/** A read of the current resources of one type. */
export interface Read {
  kind: 'find' | 'aggregate' | 'count';
  collection: string;
  hint: string;
  /** The condition, the order and the limit, or the stages. */
  content: Document;
}

/** Told of each read with the rows that it gave and the milliseconds that it took. */
export type ReadObserver = (read: Read, rows: number, milliseconds: number) => void;

interface FindOptions {
  hint: string;
  limit: number;
  projection: Record<string, 1>;
  sort?: Record<string, 1 | -1>;
}

/** The reads of searches: each is told its index and its time limit. */
export class Reads {
  readonly #database: Database;
  readonly #observers = new AsyncLocalStorage<ReadObserver>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Runs work whose reads the observer is told of. */
  observing<T>(observer: ReadObserver, work: () => Promise<T>): Promise<T> {
    return this.#observers.run(observer, work);
  }

  find<T = CurrentDocument>(type: string, filter: Filter, options: FindOptions): Promise<T[]> {
    const { hint, limit, sort } = options;
    const content = { filter, ...(sort === undefined ? {} : { sort }), limit };
    return this.#observed({ kind: 'find', collection: collectionName(type), hint, content }, () =>
      this.#database
        .current(type)
        .find<T & Document>(filter as DriverFilter<CurrentDocument>, {
          ...options,
          ...this.#options(),
          batchSize: limit,
        })
        .toArray(),
    );
  }

  aggregate<T extends Document>(
    type: string,
    pipeline: Document[],
    { hint, limit }: Pick<FindOptions, 'hint' | 'limit'>,
  ): Promise<T[]> {
    const content = { pipeline };
    return this.#observed({ kind: 'aggregate', collection: collectionName(type), hint, content }, () =>
      this.#database
        .current(type)
        .aggregate<T>(pipeline, { hint, ...this.#options(), batchSize: limit })
        .toArray(),
    );
  }

  /** @param time milliseconds */
  count(type: string, filter: Filter, hint: string, time: number): Promise<number> {
    return this.#database
      .current(type)
      .countDocuments(filter as DriverFilter<CurrentDocument>, { hint, ...this.#options(), maxTimeMS: time });
  }

  async #observed<T>(read: Read, work: () => Promise<T[]>): Promise<T[]> {
    const start = performance.now();
    const rows = await work();
    this.#observers.getStore()?.(read, rows.length, performance.now() - start);
    return rows;
  }

  #options() {
    const { limits, searchPreference } = this.#database;
    return { maxTimeMS: limits.search, readPreference: searchPreference };
  }
}
