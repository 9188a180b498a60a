import type { ExpiringStore } from '../contract.ts';
import type { Database, ExpiringDocument } from './database.ts';
import { within } from './deadline.ts';
import { guarded, isDuplicateKey, onceMore } from './errors.ts';

/**
 * Expiring values as one document a key. The database removes them a while after their end (a TTL index), so each
 * read looks at the end too.
 */
export class MongoExpiringStore implements ExpiringStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: string): Promise<string | undefined> {
    return this.#call(async () => {
      const options = { ...this.#options, hint: '_id_' };
      const found = await this.#values.findOne({ _id: key, expires: { $gt: new Date() } }, options);
      return found === null ? undefined : textOf(found);
    });
  }

  put(key: string, value: string, ttl: number, group?: string): Promise<void> {
    return this.#call(async () => {
      const document = { value, expires: endOf(ttl), ...(group === undefined ? {} : { grouped: group }) };
      await onceMore(() =>
        this.#values.replaceOne({ _id: key }, document, { ...this.#options, upsert: true }),
      );
    });
  }

  take(key: string): Promise<string | undefined> {
    return this.#call(async () => {
      const taken = await this.#values.findOneAndDelete({ _id: key }, this.#options);
      return taken !== null && taken.expires > new Date() ? textOf(taken) : undefined;
    });
  }

  putIfAbsent(key: string, value: string, ttl: number, group?: string): Promise<boolean> {
    return this.#call(() =>
      this.#replaceEnded(key, {
        value,
        expires: endOf(ttl),
        ...(group === undefined ? {} : { grouped: group }),
      }),
    );
  }

  increment(key: string, ttl: number): Promise<{ count: number; expiresAt: number }> {
    return this.#call(async () => {
      for (;;) {
        const counted = await this.#values.findOneAndUpdate(
          { _id: key, expires: { $gt: new Date() } },
          { $inc: { count: 1 } },
          { ...this.#options, returnDocument: 'after' },
        );
        if (counted !== null) return { count: counted.count ?? 1, expiresAt: counted.expires.getTime() };
        const expires = endOf(ttl);
        if (await this.#replaceEnded(key, { count: 1, expires }))
          return { count: 1, expiresAt: expires.getTime() };
      }
    });
  }

  deleteByGroup(group: string): Promise<void> {
    return this.#call(async () => {
      await this.#values.deleteMany({ grouped: group }, this.#options);
    });
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    return guarded(() => within(this.#database.limits.call, work()));
  }

  /** Writes a value where there is none or one past its end; the unique key refuses it where a live one is. */
  async #replaceEnded(key: string, document: Omit<ExpiringDocument, '_id'>): Promise<boolean> {
    try {
      await this.#values.replaceOne({ _id: key, expires: { $lte: new Date() } }, document, {
        ...this.#options,
        upsert: true,
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  get #values() {
    return this.#database.expiring;
  }

  get #options() {
    return { maxTimeMS: this.#database.limits.call };
  }
}

function endOf(ttl: number): Date {
  return new Date(Math.ceil(Date.now() + ttl));
}

/** The value as callers get it. */
export function textOf({ value, count }: ExpiringDocument): string {
  return value ?? String(count);
}
