import type { Database } from './database.ts';
import { type CurrentDocument, versionProjection } from './documents.ts';
import type { Layout } from './layout.ts';

/** Ids that are read together. */
const mostIds = 100;

interface Joined {
  ids: Set<string>;
  found: Promise<CurrentDocument[]>;
}

/** Reads current documents by their ids, those of deletions included. */
export class NamedReads {
  readonly #database: Database;
  readonly #layout: Layout;
  /** Reads that are not yet sent, by tenant and type. */
  readonly #waiting = new Map<string, Joined>();

  constructor(database: Database, layout: Layout) {
    this.#database = database;
    this.#layout = layout;
  }

  /** What is asked for in one turn of the event loop, as by the entries of a transaction, is read in one request. */
  async one(tenant: string, type: string, id: string): Promise<CurrentDocument | undefined> {
    const key = `${type} ${tenant}`;
    let joined = this.#waiting.get(key);
    if (joined === undefined || joined.ids.size === mostIds) {
      joined = this.#begin(key, tenant, type);
      this.#waiting.set(key, joined);
    }
    joined.ids.add(id);
    return (await joined.found).find((document) => document.id === id);
  }

  async many(
    tenant: string,
    type: string,
    ids: Iterable<string>,
    readPreference = this.#database.readPreference,
  ): Promise<CurrentDocument[]> {
    // Nothing was written yet where the index is not there, and no read can be told to use it.
    if (!(await this.#layout.has(type, 'id'))) return [];
    return this.#database
      .current(type)
      .find(
        { tenant, id: { $in: [...ids] } },
        {
          projection: versionProjection,
          hint: 'id',
          readPreference,
          maxTimeMS: this.#database.limits.call,
        },
      )
      .toArray();
  }

  #begin(key: string, tenant: string, type: string): Joined {
    const ids = new Set<string>();
    const send = async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#waiting.get(key)?.ids === ids) this.#waiting.delete(key);
      return this.many(tenant, type, ids);
    };
    return { ids, found: send() };
  }
}
