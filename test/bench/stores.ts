import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import { readSettings } from '../../src/operability/settings.ts';
import { mongoClientOptions } from '../../src/server-stores.ts';
import { connectDatabase } from '../../src/store/mongo/client.ts';
import type { StoreName } from './options.ts';
import { removeFolder, temporaryFolder } from './processes.ts';

/** Where one server keeps its resources: empty at first, gone in the end. */
export interface DataPlace {
  /** The settings of a server over it. */
  settings: Readonly<Record<string, string>>;
  /** The folder of the embedded store. */
  folder?: string;
  remove(): Promise<void>;
}

/** The store of a run. */
export interface BenchStore {
  /** What it is, for the report. */
  title: string;
  /** The line of `GET /metrics` that counts its commits. */
  commitMetric: string;
  newPlace(): Promise<DataPlace>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param environment has the `MONGODB_` settings of a run on MongoDB; its name of the database is not used
 * @throws Error when `MONGODB_URI` is needed and absent, or nothing answers there
 */
export async function openBenchStore(name: StoreName, environment: Environment): Promise<BenchStore> {
  return name === 'embedded' ? embedded : openMongo(environment);
}

const embedded: BenchStore = {
  title: 'the embedded store',
  commitMetric: commitsOf('transaction'),
  async newPlace() {
    const folder = await temporaryFolder();
    return { folder, settings: { DATA_DIR: folder }, remove: () => removeFolder(folder) };
  },
};

async function openMongo(environment: Environment): Promise<BenchStore> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith('MONGODB_') && value !== undefined) given[name] = value;
  }
  if (!given['MONGODB_URI']) throw new Error('--store mongo measures the database of MONGODB_URI: set it');
  const { version } = await withDatabase(given, (db) => db.admin().buildInfo());
  return {
    title: `MongoDB ${version}`,
    commitMetric: commitsOf('commit'),
    async newPlace() {
      const settings = { ...given, MONGODB_DATABASE: `passerelle-bench-${randomBytes(6).toString('hex')}` };
      return { settings, remove: () => withDatabase(settings, async (db) => void (await db.dropDatabase())) };
    },
  };
}

async function withDatabase<T>(settings: DataPlace['settings'], work: (db: Db) => Promise<T>): Promise<T> {
  const { client, db } = await connectDatabase(mongoClientOptions(readSettings(settings)));
  try {
    return await work(db);
  } finally {
    await client.close();
  }
}

function commitsOf(operation: string): string {
  return `store_duration_seconds_count{operation="${operation}"}`;
}
