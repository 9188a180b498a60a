import Database from 'better-sqlite3';

/** What a statement takes and gives. */
export type SqlValue = string | number | Buffer | null;

export type Row = SqlValue[];

/** Prepared statements kept by one connection; searches of unusual shapes push the oldest out. */
const statementLimit = 512;

/** How long a connection waits for the lock of another process, in milliseconds. */
const lockPatience = 10_000;

/** One connection to a database file, with its prepared statements. Every call is synchronous. */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(database: Database.Database) {
    this.#database = database;
    database.pragma('cache_size = -65536');
    database.pragma('mmap_size = 268435456');
    database.pragma('temp_store = MEMORY');
  }

  /** Creates the file when it is absent; WAL, each commit synced to the disk. */
  static forWriting(file: string): Connection {
    const database = new Database(file, { timeout: lockPatience });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // Index rows go to places far apart: a long log writes each page of the file once for many commits.
    database.pragma('wal_autocheckpoint = 10000');
    return new Connection(database);
  }

  static forReading(file: string): Connection {
    return new Connection(new Database(file, { readonly: true, fileMustExist: true, timeout: lockPatience }));
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
    return this.#statement(text).get(...values) as Row | undefined;
  }

  rows(text: string, values: readonly SqlValue[] = []): Row[] {
    return this.#statement(text).all(...values) as Row[];
  }

  /** The first column of the first row. */
  value(text: string, values: readonly SqlValue[] = []): SqlValue | undefined {
    return this.row(text, values)?.[0];
  }

  /** All reads within see one state of the database. */
  read<T>(reads: () => T): T {
    return this.#within('BEGIN', reads);
  }

  /** Takes the write lock at once; all changes are made or, when `changes` throws, none. */
  write<T>(changes: () => T): T {
    return this.#within('BEGIN IMMEDIATE', changes);
  }

  close(): void {
    this.#database.close();
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
    } else {
      this.#statements.delete(text);
    }
    this.#statements.set(text, statement);
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
