import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { type MongoOptions, type MongoStores, openMongoStores } from '../../src/store/mongo/open.ts';
import { cacheDirectory, take } from './mongo-installation.ts';
import { answers, startMongoServer, testRun } from './mongo-server.ts';

/** How long another file of the run may take to install and start the server, in milliseconds. */
const patience = 400_000;

/** A server in Python on a busy machine takes its time; the tests tell nothing about speed. */
const generous = { call: 60_000, search: 120_000, commit: 120_000 };

/**
 * Opens the store on a database of its own, which goes when the store is closed.
 * @throws Error when there is no server to test on: see `mongoTestProgram`
 */
export async function openMongoTestStores(options: Partial<MongoOptions> = {}): Promise<MongoStores> {
  const uri = await mongoTestUri();
  const database = options.database ?? newDatabaseName();
  const stores = await openMongoStores({ uri, limits: generous, ...options, database });
  return {
    ...stores,
    close: async () => {
      await stores.close();
      await dropMongoDatabase(database);
    },
  };
}

/**
 * Drops a database of a server that stays after the tests. One that the test run has started goes with all it has: it
 * takes a second for what a test leaves, and minutes where a client was killed in the middle of a transaction.
 */
export async function dropMongoDatabase(database: string): Promise<void> {
  if (!givenUri()) return;
  await withMongoClient(async (client) => {
    for (const name of await databasesOf(client, database)) await client.db(name).dropDatabase();
  });
}

/** A database and those of its tenants, by their names. */
export async function databasesOf(client: MongoClient, database: string): Promise<string[]> {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  const names = databases.map(({ name }) => name);
  return names.filter((name) => name === database || name.startsWith(`${database}_`)).sort();
}

function givenUri(): string | undefined {
  return process.env['MONGODB_TEST_URI'];
}

export function newDatabaseName(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** Runs work with a client of the test server. */
export async function withMongoClient<T>(work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(await mongoTestUri());
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

let uri: Promise<string> | undefined;

/** The server of this test run: that of MONGODB_TEST_URI, or one that the first file that needs it starts for all. */
export function mongoTestUri(): Promise<string> {
  const given = givenUri();
  uri ??= given ? Promise.resolve(given) : sharedServer();
  return uri;
}

async function sharedServer(): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true });
  const address = join(cacheDirectory, `address-${testRun}`);
  const lock = `${address}.lock`;
  if (await take(lock)) {
    try {
      const server = await startMongoServer();
      await writeFile(`${address}.new`, server.uri);
      await rename(`${address}.new`, address);
      return server.uri;
    } catch (error) {
      await rm(lock, { force: true });
      throw error;
    }
  }
  for (const end = Date.now() + patience; Date.now() < end; await wait(100)) {
    const found = await readFile(address, 'utf8').catch(() => '');
    if (found === '') continue;
    if (await answers(found)) return found;
    // Left by an earlier run whose process had the same number.
    for (const file of [address, lock]) await rm(file, { force: true });
    return sharedServer();
  }
  throw new Error('The MongoDB server of the tests did not start in another file of this run');
}
