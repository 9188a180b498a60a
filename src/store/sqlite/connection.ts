import Database from 'better-sqlite3';

/** What a statement takes and gives. */
export type SqlValue = string | number | Buffer | null;

export type Row = SqlValue[];

/** Prepared statements kept by one connection; searches of unusual shapes push the oldest out. */
const statementLimit = 512;

/** How long a connection waits for the lock of another process, in milliseconds. */
const lockPatience = 10_000;

/** How long emptying the log waits for readers, in milliseconds. */
const readerPatience = 200;

/** Told of each reading statement with its values, the rows that it gave and the milliseconds that it took. */
export type ReadObserver = (text: string, values: readonly SqlValue[], rows: number, took: number) => void;

/** Thrown by a statement that is still at work when its time is over. */
export class TimeIsOver extends Error {}

/** Thrown by a statement that has followed more links than it may. */
export class TooManyLinks extends Error {}

/** One connection to a database file, with its prepared statements. Every call is synchronous. */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #observer: ReadObserver | undefined;
  #end = Number.POSITIVE_INFINITY;
  #links = 0;
  #mostLinks = Number.POSITIVE_INFINITY;

  private constructor(database: Database.Database) {
    this.#database = database;
    database.pragma('temp_store = MEMORY');
    // A thread cannot be ended while SQLite is at work, so that statements look at the clock themselves.
    database.function('in_time', { deterministic: false }, () => {
      if (Date.now() > this.#end) throw new TimeIsOver();
      return 1;
    });
    // Is asked for each resource that is looked at beyond a reference.
    database.function('may_link', { deterministic: false }, () => {
      this.#links += 1;
      if (this.#links > this.#mostLinks) throw new TooManyLinks();
      if ((this.#links & 63) === 0 && Date.now() > this.#end) throw new TimeIsOver();
      return 1;
    });
  }

  /** Creates the file when it is absent; WAL, each commit synced to the disk. */
  static forWriting(file: string): Connection {
    const database = new Database(file, { timeout: lockPatience });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // Most of the file is read through the map. After each commit that split a page SQLite looks at all that is cached.
    database.pragma('cache_size = -16384');
    database.pragma('mmap_size = 268435456');
    // What is deleted is overwritten in the pages that are written anyway, so that an erasure finds it in free pages alone.
    database.pragma('secure_delete = FAST');
    // Where `WriteAheadLog` does not come to it: a long log writes each page of the file once for many commits.
    database.pragma('wal_autocheckpoint = 40000');
    return new Connection(database);
  }

  /** @param mostLinks how often the statements of one `read` may ask `may_link()`; without end by default */
  static forReading(file: string, mostLinks = Number.POSITIVE_INFINITY): Connection {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: lockPatience });
    // Not mapped into memory: SQLite would map the file anew after each commit of the writer, which costs far more.
    database.pragma('cache_size = -131072');
    const connection = new Connection(database);
    connection.#mostLinks = mostLinks;
    return connection;
  }

  /** Runs a script of several statements. */
  execute(script: string): void {
    this.#database.exec(script);
  }

  /** Runs a statement that gives no rows; answers the number of rows it changed and the last new row id. */
  run(text: string, values: readonly SqlValue[] = []): Database.RunResult {
    return this.#statement(text).run(...values);
  }

  row(text: string, values: readonly SqlValue[] = []): Row | undefined {
    if (this.#observer !== undefined) return this.#observedRows(text, values, 1)[0];
    return this.#statement(text).get(...values) as Row | undefined;
  }

  rows(text: string, values: readonly SqlValue[] = []): Row[] {
    if (this.#observer !== undefined) return this.#observedRows(text, values);
    return this.#statement(text).all(...values) as Row[];
  }

  /** The first column of the first row. */
  value(text: string, values: readonly SqlValue[] = []): SqlValue | undefined {
    return this.row(text, values)?.[0];
  }

  /**
   * All reads within see one state of the database.
   * @throws TooManyLinks when they follow more links than they may
   */
  read<T>(reads: () => T): T {
    this.#links = 0;
    return this.#within('BEGIN', reads);
  }

  /** Takes the write lock at once; all changes are made or, when `changes` throws, none. */
  write<T>(changes: () => T): T {
    return this.#within('BEGIN IMMEDIATE', changes);
  }

  /** Whether what is deleted is overwritten wherever it lies, or only in pages that are written anyway. */
  overwriteDeleted(everywhere: boolean): void {
    this.#database.pragma(`secure_delete = ${everywhere ? 'ON' : 'FAST'}`);
  }

  /** Pages of the write-ahead log: all of them, and those that are not in the file yet. */
  logLength(): { total: number; waiting: number } {
    const [, total, checkpointed] = this.row('PRAGMA wal_checkpoint(NOOP)') as [number, number, number];
    return { total, waiting: total - checkpointed };
  }

  /**
   * Brings the write-ahead log into the file as far as no reader of an older state stands in the way. What cannot be
   * written, on a full disk, stays in the log.
   */
  checkpointLog(): void {
    try {
      this.row('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // No commit depends on it, and the next one is as good.
    }
  }

  /**
   * Brings the write-ahead log into the file, so that it starts anew with the next commit; false when a reader of an
   * older state stands in the way, or the disk is full.
   */
  restartLog(): boolean {
    return this.#completeLog('RESTART', 0);
  }

  /** The same, and empties it. */
  truncateLog(): boolean {
    return this.#completeLog('TRUNCATE', readerPatience);
  }

  close(): void {
    this.#database.close();
  }

  /** Lets an observer see what is read while `reads` run. */
  observing<T>(observer: ReadObserver, reads: () => T): T {
    this.#observer = observer;
    try {
      return reads();
    } finally {
      this.#observer = undefined;
    }
  }

  /**
   * Stops statements that ask `in_time()` at an instant.
   * @param end milliseconds since 1970 UTC
   * @throws TimeIsOver when one is stopped
   */
  until<T>(end: number, reads: () => T): T {
    this.#end = end;
    try {
      return reads();
    } finally {
      this.#end = Number.POSITIVE_INFINITY;
    }
  }

  #completeLog(mode: 'RESTART' | 'TRUNCATE', patience: number): boolean {
    this.#database.pragma(`busy_timeout = ${patience}`);
    try {
      const [result] = this.#database.pragma(`wal_checkpoint(${mode})`) as [{ busy: number }];
      return result.busy === 0;
    } catch {
      return false;
    } finally {
      this.#database.pragma(`busy_timeout = ${lockPatience}`);
    }
  }

  #observedRows(text: string, values: readonly SqlValue[], limit?: number): Row[] {
    const start = performance.now();
    const statement = this.#statement(text);
    const rows = (limit === 1 ? [statement.get(...values)] : statement.all(...values)) as (Row | undefined)[];
    const found = rows.filter((row) => row !== undefined);
    this.#observer?.(text, values, found.length, performance.now() - start);
    return found;
  }

  #within<T>(begin: string, work: () => T): T {
    this.run(begin);
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      // A full disk has already rolled the transaction back.
      if (this.#database.inTransaction) this.run('ROLLBACK');
      throw error;
    }
  }

  #statement(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(hideParameters(text));
      if (statement.reader) statement.raw(true);
      if (this.#statements.size >= statementLimit) this.#forgetOldest();
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #forgetOldest(): void {
    const oldest = this.#statements.keys().next();
    if (!oldest.done) this.#statements.delete(oldest.value);
  }
}

/**
 * A plain `?` in a condition makes SQLite plan the query again whenever another value is bound to it (its statistics
 * may favour another index); `+?` keeps the plan, which our queries fix anyway.
 */
function hideParameters(text: string): string {
  return text.replaceAll('?', '+?');
}
