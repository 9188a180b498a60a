import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseStores } from '../database-stores.ts';
import { backupDatabase, partialOf } from './backup.ts';
import { ChangeFeed } from './change-feed.ts';
import { Committer } from './committer.ts';
import { Connection } from './connection.ts';
import { Counter } from './counter.ts';
import { Dictionary } from './dictionary.ts';
import { SqliteExpiringStore } from './expiring.ts';
import { indexedParameters } from './indexed-parameters.ts';
import { migrate, schemaVersion } from './migrations.ts';
import { Readers } from './readers.ts';
import { RecentVersions } from './recent-versions.ts';
import { reindexResources } from './reindex.ts';
import { outdatedIndexesKey } from './reindex-rows.ts';
import { SqliteResourceStore, type StoreParts } from './resource-store.ts';
import { SearchGate } from './search-gate.ts';
import { Searcher } from './searcher.ts';
import { settleTexts } from './settled-texts.ts';
import { SqliteTransfer } from './transfer.ts';
import { Versions } from './versions.ts';
import { Writer } from './writer.ts';
import { WrittenVersions } from './written-versions.ts';

export interface SqliteOptions {
  /** Where `passerelle.db` is, or is made. */
  directory: string;
  /** Threads for heavy searches; one by default. */
  readers?: number;
  /** How long a search may take before it is stopped, in milliseconds; 30 seconds by default. */
  searchTime?: number;
  /** Resources that one search may look at beyond references, by all chains and `_has`; without end by default. */
  mostLinks?: number;
  /**
   * Milliseconds without a search after which the index rows of commits may wait for each other; half a second
   * by default. A search completes them first.
   */
  quietPeriod?: number;
  /**
   * Told the seconds that each call took, by the name of the method of `ResourceStore`, and `transaction` for each
   * transaction of the writer, which several commits share.
   */
  onLatency?: (operation: string, seconds: number) => void;
}

/**
 * Opens the database of a directory, makes it when it is absent and migrates it when it is older. One thread of
 * this process writes, and each answer means that the write is on the disk. Another process (a backup, a reindexing)
 * may use the same database: SQLite's locks order their transactions.
 * @throws Error when a newer program made the database, when it cannot be opened, or its copy is not whole
 */
export async function openSqliteStores(options: SqliteOptions): Promise<DatabaseStores> {
  const { directory, readers: readerLimit = 1, searchTime = 30_000, quietPeriod = 500 } = options;
  const { mostLinks = Number.POSITIVE_INFINITY, onLatency = () => undefined } = options;
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'passerelle.db');
  const migrated = prepare(file);
  const writer = await Writer.open(file, (seconds) => onLatency('transaction', seconds));
  const connection = Connection.forReading(file, mostLinks);
  const dictionary = new Dictionary(connection, 'read');
  const recent = new RecentVersions(connection);
  const versions = new Versions(connection, dictionary, recent);
  const written = new WrittenVersions();
  const forgetBodies = () => {
    recent.clear();
    written.clear();
  };
  const readers = new Readers({ file, mostLinks }, Math.max(readerLimit, 1), searchTime);
  const gate = new SearchGate(writer, quietPeriod);
  const feed = new ChangeFeed(connection, versions);
  const committer = new Committer(writer, gate, feed);
  const parts: StoreParts = {
    dictionary,
    versions,
    counter: new Counter(connection, dictionary),
    searcher: new Searcher(connection, dictionary, versions),
    readers,
    mostLinks,
    commits: committer,
    feed,
    gate,
    settleTexts: () => settleTexts(connection, writer, searchTime),
    written,
    forgetBodies,
    timed: (operation, work) => timed(onLatency, operation, work),
  };
  let closing: Promise<void> | undefined;
  const secrets = new Map<string, Promise<Buffer>>();

  async function close(): Promise<void> {
    feed.close();
    await readers.close();
    connection.close();
    // Last, so that closing it brings the write-ahead log into the database file.
    await writer.close();
  }

  return {
    schemaVersion,
    migrated,
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
    transfer: new SqliteTransfer(connection, writer, gate),
    rewriting: {
      async rewrite(batch) {
        await writer.send({ kind: 'rewrite', batch });
        forgetBodies();
      },
      clean: () => writer.send({ kind: 'clean' }),
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function prepare(file: string): string[] {
  const partial = partialOf(file);
  if (!existsSync(file) && existsSync(partial)) {
    throw new Error(`${partial} is of a copy that was stopped: run the copy again, or remove this file`);
  }
  try {
    const connection = Connection.forWriting(file);
    try {
      return migrate(connection);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw openingFailure(file, error as Error & { code?: string });
  }
}

/** What an operator does, by result codes of SQLite. */
const remedies: [codes: RegExp, remedy: string][] = [
  [/^SQLITE_(?:CORRUPT|NOTADB)/, 'restore a backup in its place'],
  [
    /^SQLITE_(?:CANTOPEN|READONLY|FULL|IOERR)/,
    'it and its folder must be writable for the user of the server, on a disk with space',
  ],
];

/** SQLite does not name the file. */
function openingFailure(file: string, error: Error & { code?: string }): Error {
  const { code = '', message } = error;
  const [, remedy] = remedies.find(([codes]) => codes.test(code)) ?? [];
  return remedy === undefined
    ? error
    : new Error(`${file} cannot be opened: ${message} (${code}): ${remedy}`);
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
