import { parseArgs } from 'node:util';
import { readSettings } from '../operability/settings.ts';
import { mongoClientOptions } from '../server-stores.ts';
import type { Command } from './command.ts';

const help = `passerelle mongo shard [--apply]
  Prints the admin commands that shard the collections of MONGODB_URI which are not sharded yet, for mongosh.
  --apply       runs them; exit code 3 when the server is no mongos of a sharded cluster`;

/** Exit code where there is nothing to shard on. */
const notSharded = 3;

/** Runs `passerelle mongo`. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { apply: { type: 'boolean', default: false } },
  });
  if (positionals.join(' ') !== 'shard') {
    console.error(help);
    return 2;
  }
  const settings = readSettings(process.env);
  if (settings.MONGODB_URI === '')
    throw new Error('MONGODB_URI is empty: the embedded store has nothing to shard');
  // Loads the driver, which no other command needs.
  const { shardDatabase, shardingOf } = await import('../store/mongo/shard-cluster.ts');
  const options = mongoClientOptions(settings);
  return values.apply ? apply(shardDatabase, options) : print(await shardingOf(options));
}

type ShardDatabase = typeof import('../store/mongo/shard-cluster.ts').shardDatabase;
type Sharding = Awaited<ReturnType<ShardDatabase>>;

async function apply(shardDatabase: ShardDatabase, options: Parameters<ShardDatabase>[0]): Promise<number> {
  const { isCluster, commands } = await shardDatabase(options, (command) =>
    console.log(`Done: ${JSON.stringify(command)}`),
  );
  if (!isCluster) {
    console.error('MONGODB_URI leads to a replica set: only the mongos of a sharded cluster can shard');
    return notSharded;
  }
  if (commands.length === 0) console.log('All collections are sharded');
  return 0;
}

function print({ isCluster, commands }: Sharding): number {
  for (const command of commands) console.log(`db.adminCommand(${JSON.stringify(command)})`);
  if (commands.length === 0)
    console.error(isCluster ? 'All collections are sharded' : 'The database has no collections yet');
  if (!isCluster) console.error('MONGODB_URI leads to a replica set: the commands are for a mongos');
  return 0;
}

export const mongoCommand: Command = { help, run };
