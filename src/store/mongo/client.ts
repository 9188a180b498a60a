import {
  type CommandStartedEvent,
  MongoClient,
  type MongoClientOptions,
  type ReadPreferenceMode,
} from 'mongodb';
import { Database, type TimeLimits } from './database.ts';
import { within } from './deadline.ts';
import { checkTopology } from './topology.ts';
import { checkUriOptions, uriFault } from './uri-options.ts';

export interface ClientOptions {
  /**
   * Connection string of a replica set or of the mongos of a sharded cluster, with its credentials, TLS and
   * authentication mechanism.
   */
  uri: string;
  /** Name of the database; by default that of the connection string, or `passerelle`. */
  database?: string;
  /** Connections of this process at most and at least; 100 and none by default. */
  poolSize?: { most: number; least: number };
  /** Milliseconds; 10 seconds a call, 30 seconds a search or a commit by default. The wait for a server counts. */
  limits?: Partial<TimeLimits>;
  /** PEM files for TLS, where the connection string names none. */
  tls?: {
    /** Of the certificates that the server must chain to. */
    authorities?: string;
    /** Of the certificate of this client and its key, for X.509. */
    certificate?: string;
  };
  /** How long a call waits for a server that can take it, such as a new primary; 10 seconds by default. */
  selectionTime?: number;
  /** Where reads by id and histories may read; see `searchPreference`. */
  readPreference?: ReadPreferenceMode;
  /**
   * Where searches may read; `primaryPreferred` by default: each sees the writes before it, and goes on without a
   * primary, when it may miss the last of them.
   */
  searchPreference?: ReadPreferenceMode;
  /** Told the name and content of each command before it is sent. It may hold identity data: nothing for a log. */
  onCommand?: (name: string, command: Record<string, unknown>) => void;
}

/**
 * Connects to a database; the caller closes its client.
 * @throws Error for a standalone server and one before version 6.0, and for a connection string that cannot be read or
 *   that sets what the store sets itself
 */
export async function connectDatabase(options: ClientOptions): Promise<Database> {
  const limits = { call: 10_000, search: 30_000, commit: 30_000, ...options.limits };
  const client = clientFor(options, limits);
  const { onCommand } = options;
  if (onCommand !== undefined) {
    client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) =>
      onCommand(commandName, command as Record<string, unknown>),
    );
  }
  const { readPreference = 'primaryPreferred', searchPreference = 'primaryPreferred' } = options;
  const db = client.db(options.database ?? defaultName(client));
  const database = new Database(client, db, limits, { read: readPreference, search: searchPreference });
  try {
    await client.connect();
    await within(limits.call, checkTopology(db, limits.call));
  } catch (error) {
    await closeClient(database);
    throw error;
  }
  return database;
}

/** Closes the connections, and gives back what the server holds for them unless it is silent. */
export async function closeClient({ client, limits }: Database): Promise<void> {
  await within(limits.call, client.close()).catch(() => undefined);
}

function clientFor(options: ClientOptions, limits: TimeLimits): MongoClient {
  checkUriOptions(options.uri);
  const settings = clientOptions(options, limits);
  const parse = (uri: string) => new MongoClient(uri, settings);
  try {
    return parse(options.uri);
  } catch {
    throw new Error(`The connection string of MongoDB cannot be read: ${uriFault(options.uri, parse)}`);
  }
}

/** The driver takes `test` for a connection string that names no database. */
function defaultName({ options: { dbName } }: MongoClient): string {
  return dbName === 'test' ? 'passerelle' : dbName;
}

function clientOptions(options: ClientOptions, limits: TimeLimits): MongoClientOptions {
  const { poolSize, selectionTime = 10_000, tls = {} } = options;
  return {
    appName: 'passerelle',
    // A majority has a write before it is acknowledged, and what is read cannot be rolled back.
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    retryReads: true,
    retryWrites: true,
    promoteBuffers: true,
    ignoreUndefined: false,
    serverSelectionTimeoutMS: selectionTime,
    connectTimeoutMS: selectionTime,
    waitQueueTimeoutMS: selectionTime,
    // The server ends a call at its time limit: a socket that is silent for longer is dead, and whoever asked has given
    // up before (`within`). The build of an index, which may take hours, is asked for again.
    socketTimeoutMS: Math.max(limits.call, limits.search, limits.commit) + 2000,
    ...(tls.authorities === undefined ? {} : { tls: true, tlsCAFile: tls.authorities }),
    ...(tls.certificate === undefined ? {} : { tls: true, tlsCertificateKeyFile: tls.certificate }),
    ...(poolSize === undefined ? {} : { maxPoolSize: poolSize.most, minPoolSize: poolSize.least }),
    monitorCommands: options.onCommand !== undefined,
  };
}
