import type { DatabaseStores, IndexBuilds } from '../database-stores.ts';
import { ChangeFeed } from './change-feed.ts';
import { ChangeReader } from './changes.ts';
import { type ClientOptions, closeClient, connectDatabase } from './client.ts';
import { Committer } from './committer.ts';
import type { Database } from './database.ts';
import { within } from './deadline.ts';
import { guarded } from './errors.ts';
import { MongoExpiringStore } from './expiring.ts';
import { secretOf } from './facts.ts';
import { IndexedCommitter } from './indexed-committer.ts';
import { MongoIndexing } from './indexing.ts';
import { Links } from './links.ts';
import { type MigrationOptions, migrate, schemaVersion } from './migrations.ts';
import { Reads } from './reads.ts';
import { MongoResourceStore, type StoreParts } from './resource-store.ts';
import { MongoRewriting } from './rewriting.ts';
import { Searcher } from './searcher.ts';
import { Sources } from './source.ts';
import { settledTenancy, type Tenancy, type TenantDatabase, TenantDatabases } from './tenant-databases.ts';
import { MongoTransfer } from './transfer.ts';
import { Versions } from './versions.ts';

export interface MongoOptions extends ClientOptions {
  /** Resources that a chain or `_has` may go over on either side; 8192 by default. */
  linkedResources?: number;
  /** See `SqliteOptions.onLatency`. */
  onLatency?: (operation: string, seconds: number) => void;
  migration?: Pick<MigrationOptions, 'patience'>;
  /** How tenants are to be kept: decided when the database is made, and as it keeps them by default. */
  tenancy?: Tenancy;
}

/** The stores of one MongoDB database. */
export interface MongoStores extends DatabaseStores {
  readonly indexBuilds: IndexBuilds;
}

/**
 * Connects to a database, migrates it when it is older and makes what is missing of it. Many processes may use one
 * database.
 * @throws Error for a standalone server, one before version 6.0, a database of a newer program and one that keeps its
 *   tenants in another way than is asked for
 */
export async function openMongoStores(options: MongoOptions): Promise<MongoStores> {
  const database = await connectDatabase(options);
  let tenants: TenantDatabases;
  let indexing: MongoIndexing;
  let migrated: string[];
  try {
    migrated = await migrate(database, options.migration);
    tenants = new TenantDatabases(database, await settledTenancy(database, options.tenancy));
    await tenants.completeInBackground();
    indexing = await MongoIndexing.open(tenants);
  } catch (error) {
    await closeClient(database);
    throw error;
  }
  const feeds = new AbortController();
  const known = new Map<TenantDatabase, StoreParts>();
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    indexing.close();
    feeds.abort();
    await within(database.limits.call, tenants.close()).catch(() => undefined);
    await closeClient(database);
  }

  function partsFor(tenant: string): StoreParts {
    const own = tenants.of(tenant);
    const parts = known.get(own) ?? storeParts(own, indexing, feeds.signal, options);
    known.set(own, parts);
    return parts;
  }

  return {
    schemaVersion,
    migrated,
    hasOutdatedIndexes: false,
    indexBuilds: tenants,
    indexing,
    transfer: new MongoTransfer(tenants),
    rewriting: new MongoRewriting(tenants),
    expiring: new MongoExpiringStore(database),
    forTenant: (tenant) => new MongoResourceStore(tenant, partsFor(tenant)),
    secret: (name) => guarded(() => within(database.limits.call, secretOf(database, name))),
    ping: () => guarded(() => within(pingTime(database), ping(database))),
    backup: () => Promise.reject(new Error(noBackup)),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function storeParts(
  { database, layout, bodies }: TenantDatabase,
  indexing: MongoIndexing,
  closing: AbortSignal,
  { linkedResources = 8192, onLatency = () => undefined }: MongoOptions,
): StoreParts {
  const reads = new Reads(database);
  const sources = new Sources(reads, layout);
  const links = new Links(reads, layout, sources, linkedResources);
  const versions = new Versions(database, layout, bodies);
  const changes = new ChangeReader(database, layout, bodies);
  return {
    layout,
    versions,
    changes,
    feed: new ChangeFeed({ database, layout }, versions, changes, closing),
    reads,
    searcher: new Searcher(reads, layout, sources, links, bodies),
    committer: new IndexedCommitter(new Committer(database, layout, bodies), indexing),
    limits: database.limits,
    onLatency,
  };
}

/** In milliseconds. */
const longestPing = 4000;

const noBackup =
  'A MongoDB database is copied with its own tools: mongodump --oplog, or snapshots of the disks of its nodes';

/** A write that a majority acknowledges is what a later call needs. */
async function ping(database: Database): Promise<void> {
  const options = { upsert: true, maxTimeMS: pingTime(database) };
  await database.facts.updateOne({ _id: 'ping' }, { $set: { at: new Date() } }, options);
}

/** Whoever asks whether a node is ready does not wait for long. */
function pingTime({ limits }: Database): number {
  return Math.min(limits.call, longestPing);
}
