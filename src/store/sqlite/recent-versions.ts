import type { StoredVersion } from '../contract.ts';
import type { Connection } from './connection.ts';

/** Bytes of one generation; there are two. */
const generationBytes = 16 * 1_048_576;

/** Bytes that a version takes beside its body, about. */
const bytesBeside = 500;

/** Longer bodies are read each time: there is no room for many of them. */
const longestBody = 131_072;

/** Changes that are gone over one by one; after more of them everything is read anew. */
const mostChanges = 2_000;

/**
 * Current versions that searches have found lately, by row id, so that the pages that are asked for over and over are
 * not copied out of the database each time. What was written since, by this process or another, is forgotten before
 * anything is taken from here: within one transaction, a version from here is the one that the database holds.
 */
export class RecentVersions {
  readonly #connection: Connection;
  /** The versions of the generation before go on when they are asked for, and with it otherwise. */
  #older = new Map<number, StoredVersion>();
  #younger = new Map<number, StoredVersion>();
  #youngerBytes = 0;
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
    for (const [, rid] of rows) {
      this.#older.delete(rid);
      this.#younger.delete(rid);
    }
    this.#change = rows.at(-1)?.[0] ?? this.#change;
  }

  get(rid: number): StoredVersion | undefined {
    const young = this.#younger.get(rid);
    if (young !== undefined) return young;
    const old = this.#older.get(rid);
    if (old !== undefined) this.#add(rid, old);
    return old;
  }

  /** @param version the current one in the state of the last `refresh` */
  keep(rid: number, version: StoredVersion): void {
    if (version.body.length <= longestBody) this.#add(rid, Object.freeze(version));
  }

  /** Forgets everything: resources were erased, or bodies written anew without a new version. */
  clear(): void {
    this.#older.clear();
    this.#younger.clear();
    this.#youngerBytes = 0;
  }

  #add(rid: number, version: StoredVersion): void {
    if (this.#youngerBytes > generationBytes) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(rid, version);
    this.#youngerBytes += version.body.length + bytesBeside;
  }
}
