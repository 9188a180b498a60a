import type { StoredVersion } from '../contract.ts';
import type { Connection } from './connection.ts';
import { Generations } from './generations.ts';

/** Changes that are gone over one by one; after more of them everything is read anew. */
const mostChanges = 2_000;

/**
 * Current versions that searches have found lately, by row id, so that the pages that are asked for over and over are
 * not copied out of the database each time. What was written since, by this process or another, is forgotten before
 * anything is taken from here: within one transaction, a version from here is the one that the database holds.
 */
export class RecentVersions {
  readonly #connection: Connection;
  readonly #held = new Generations<number, StoredVersion>();
  /** Of the last look: SQLite's number of the state of the database, and the newest change of it. */
  #state = -1;
  #change = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Forgets what was written since the last call: to be called in the transaction whose state is asked about. */
  refresh(): void {
    const state = this.#connection.value('PRAGMA data_version') as number;
    if (state === this.#state) return;
    this.#state = state;
    const rows = this.#connection.rows('SELECT seq, rid FROM change WHERE seq > ? ORDER BY seq LIMIT ?', [
      this.#change,
      mostChanges,
    ]) as [seq: number, rid: number][];
    if (rows.length === mostChanges) {
      this.clear();
      this.#change = this.#connection.value('SELECT max(seq) FROM change') as number;
      return;
    }
    for (const [, rid] of rows) this.#held.forget(rid);
    this.#change = rows.at(-1)?.[0] ?? this.#change;
  }

  get(rid: number): StoredVersion | undefined {
    return this.#held.get(rid);
  }

  /** @param version the current one in the state of the last `refresh` */
  keep(rid: number, version: StoredVersion): void {
    this.#held.keep(rid, Object.freeze(version));
  }

  /** Forgets everything: resources were erased, or bodies written anew without a new version. */
  clear(): void {
    this.#held.clear();
  }
}
