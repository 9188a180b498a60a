import type { Document } from 'mongodb';
import { type ClientOptions, closeClient, connectDatabase } from './client.ts';
import type { Database } from './database.ts';
import { shardCommands } from './sharding.ts';
import { storedTenancy, TenantDatabases } from './tenant-databases.ts';
import { isShardedCluster } from './topology.ts';

/** What is left to do so that a database is sharded. */
export interface Sharding {
  /** The server is the mongos of a sharded cluster. */
  isCluster: boolean;
  /** Admin commands, without those for collections that are sharded as they should be. */
  commands: Document[];
}

/** How a collection is sharded, as the cluster keeps it. */
interface ShardedCollection {
  _id: string;
  key: Record<string, unknown>;
  dropped?: boolean;
}

/**
 * The sharding that a database lacks.
 * @throws Error for a server that cannot be reached, and for a collection with another shard key
 */
export function shardingOf(options: ClientOptions): Promise<Sharding> {
  return withDatabase(options, planOf);
}

/**
 * Runs the commands that a database lacks, and nothing where the server is no mongos.
 * @param tell called with each command that was run
 * @throws MongoServerError for the first command that the cluster refuses
 */
export function shardDatabase(options: ClientOptions, tell: (command: Document) => void): Promise<Sharding> {
  return withDatabase(options, async (database) => {
    const plan = await planOf(database);
    for (const command of plan.isCluster ? plan.commands : []) {
      await database.client.db('admin').command(command);
      tell(command);
    }
    return plan;
  });
}

async function withDatabase<T>(options: ClientOptions, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connectDatabase(options);
  try {
    return await work(database);
  } finally {
    await closeClient(database);
  }
}

/** Of the database and those of its tenants. */
async function planOf(database: Database): Promise<Sharding> {
  const isCluster = await isShardedCluster(database.db, database.limits.call);
  const tenants = new TenantDatabases(database, await storedTenancy(database));
  const databases = new Set([database, ...(await tenants.all()).map((one) => one.database)]);
  const commands: Document[] = [];
  for (const each of databases) commands.push(...(await commandsFor(each, isCluster)));
  return { isCluster, commands };
}

async function commandsFor(database: Database, isCluster: boolean): Promise<Document[]> {
  const { db, limits } = database;
  const found = await db.listCollections({}, { nameOnly: true, maxTimeMS: limits.call }).toArray();
  const collections = found.map(({ name }) => name);
  const sharded = isCluster ? await shardedCollections(database) : new Map<string, string>();
  const isLeft = (command: Document) => {
    const name = command['shardCollection'] as string | undefined;
    const key = name === undefined ? undefined : sharded.get(name);
    if (key === undefined) return true;
    if (key === JSON.stringify(command['key'])) return false;
    throw new Error(`${name} is sharded by ${key} and not by ${JSON.stringify(command['key'])}`);
  };
  const commands = shardCommands(db.databaseName, collections).filter(isLeft);
  return commands.some((command) => 'shardCollection' in command) ? commands : [];
}

/** The shard keys of the database's collections, by namespace. */
async function shardedCollections({ client, db, limits }: Database): Promise<Map<string, string>> {
  const start = `${db.databaseName}.`;
  const collections = client.db('config').collection<ShardedCollection>('collections');
  const found = await collections
    .find({ _id: { $gte: start, $lt: `${start}\uffff` } }, { maxTimeMS: limits.call })
    .toArray();
  return new Map(
    found.filter(({ dropped }) => dropped !== true).map(({ _id, key }) => [_id, JSON.stringify(key)]),
  );
}
