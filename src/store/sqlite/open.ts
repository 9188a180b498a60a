import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceStores } from '../contract.ts';
import type { Indexing } from '../indexing.ts';
import { backupDatabase } from './backup.ts';
import { Committer } from './committer.ts';
import { Connection } from './connection.ts';
import { Counter } from './counter.ts';
import { Dictionary } from './dictionary.ts';
import { SqliteExpiringStore } from './expiring.ts';
import { indexedParameters } from './indexed-parameters.ts';
import { migrate, schemaVersion } from './migrations.ts';
import { Readers } from './readers.ts';
import { reindexResources } from './reindex.ts';
import { outdatedIndexesKey } from './reindex-rows.ts';
import { SqliteResourceStore, type StoreParts } from './resource-store.ts';
import { SearchGate } from './search-gate.ts';
import { Searcher } from './searcher.ts';
import { settleTexts } from './settled-texts.ts';
import { Versions } from './versions.ts';
import { Writer } from './writer.ts';

export interface SqliteOptions {
  /** Where `passerelle.db` is, or is made. */
  directory: string;
  /** Threads for heavy searches; one by default. */
  readers?: number;
  /** How long a search may take before it is stopped, in milliseconds; 30 seconds by default. */
  searchTime?: number;
  /**
   * Milliseconds without a search after which the index rows of commits may wait for each other; 2 seconds by
   * default. A search completes them first.
   */
  quietPeriod?: number;
  /**
   * Told the seconds that each call took, by the name of the method of `ResourceStore`, and `transaction` for each
   * transaction of the writer, which several commits share.
   */
  onLatency?: (operation: string, seconds: number) => void;
}

/** The stores of one SQLite database, with what its operator needs. */
export interface SqliteStores extends ResourceStores {
  readonly schemaVersion: number;
  /** A search may miss resources that are older than this program, until they are reindexed. */
  readonly hasOutdatedIndexes: boolean;
  /**
   * Writes a copy of the database as it is at one instant, while it is in use.
   * @throws Error when there is a file at this path already
   */
  backup(path: string): Promise<void>;
  readonly indexing: Indexing;
}

/**
 * Opens the database of a directory, makes it when it is absent and migrates it when it is older. One thread of
 * this process writes, and each answer means that the write is on the disk. Another process (a backup, a reindexing)
 * may use the same database: SQLite's locks order their transactions.
 * @throws Error when a newer program made the database
 */
export async function openSqliteStores(options: SqliteOptions): Promise<SqliteStores> {
  const { directory, readers: readerLimit = 1, searchTime = 30_000, quietPeriod = 2000 } = options;
  const { onLatency = () => undefined } = options;
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'passerelle.db');
  prepare(file);
  const writer = await Writer.open(file, (seconds) => onLatency('transaction', seconds));
  const connection = Connection.forReading(file);
  const dictionary = new Dictionary(connection, 'read');
  const versions = new Versions(connection, dictionary);
  const readers = new Readers(file, Math.max(readerLimit, 1), searchTime);
  const gate = new SearchGate(writer, quietPeriod);
  const committer = new Committer(writer, gate);
  const parts: StoreParts = {
    dictionary,
    versions,
    counter: new Counter(connection, dictionary),
    searcher: new Searcher(connection, dictionary, versions),
    readers,
    commits: committer,
    gate,
    settleTexts: () => settleTexts(connection, writer, searchTime),
    timed: (operation, work) => timed(onLatency, operation, work),
  };
  let closing: Promise<void> | undefined;
  const secrets = new Map<string, Promise<Buffer>>();

  async function close(): Promise<void> {
    await readers.close();
    connection.close();
    // Last, so that closing it brings the write-ahead log into the database file.
    await writer.close();
  }

  return {
    schemaVersion,
    get hasOutdatedIndexes() {
      return connection.value('SELECT key FROM meta WHERE key = ?', [outdatedIndexesKey]) !== undefined;
    },
    expiring: new SqliteExpiringStore(connection, writer),
    forTenant: (tenant) => new SqliteResourceStore(tenant, parts),
    secret(name) {
      const known =
        secrets.get(name) ?? writer.send({ kind: 'secret', name }).then((bytes) => Buffer.from(bytes));
      secrets.set(name, known);
      known.catch(() => secrets.delete(name));
      return known;
    },
    ping: () => writer.send({ kind: 'ping' }),
    backup: (path) => backupDatabase(file, path),
    indexing: {
      parameters: () => indexedParameters(connection),
      replaceParameters: (expected, parameters) =>
        writer.send({ kind: 'parameters', expected, parameters: JSON.stringify(parameters) }),
      reindex: (extract, reindexOptions = {}) =>
        reindexResources(connection, writer, extract, reindexOptions),
      attach: (indexer) => committer.attach(indexer),
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function prepare(file: string): void {
  const connection = Connection.forWriting(file);
  try {
    migrate(connection);
  } finally {
    connection.close();
  }
}

async function timed<T>(
  onLatency: (operation: string, seconds: number) => void,
  operation: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    onLatency(operation, (performance.now() - start) / 1000);
  }
}
