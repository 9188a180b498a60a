import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { mongoTestProgram } from './mongo-installation.ts';

/** How long a server may take to start, in milliseconds. */
const patience = 120_000;

/** How long a server may be silent when it is asked whether it is there, in milliseconds. */
const silence = 5_000;

/** The process of the whole test run, which the processes of its files are children of. */
export const testRun = process.send === undefined ? process.pid : process.ppid;

export interface MongoServer {
  uri: string;
  port: number;
  /** Kills it, as a power cut would. */
  kill(): Promise<void>;
  /** Halts its process, so that its connections stay open and silent until what this answers is called. */
  pause(): () => void;
}

export interface MongoServerOptions {
  /** Where it keeps its data; by default they go with it. */
  directory?: string;
  /** A free one by default. */
  port?: number;
  /** Further arguments of the program. */
  flags?: readonly string[];
  /** Further options of the connection string. */
  query?: string;
}

/** Starts a server that ends with the test run at the latest. */
export async function startMongoServer(options: MongoServerOptions = {}): Promise<MongoServer> {
  const program = await mongoTestProgram();
  const { directory = ':memory:', port = await freePort(), flags = [], query = '' } = options;
  const guard = fileURLToPath(new URL('./mongo-guard.ts', import.meta.url));
  const args = [
    guard,
    String(testRun),
    program,
    '--port',
    String(port),
    '--storage-path',
    directory,
    ...flags,
  ];
  const server = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
  server.unref();
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true${query}`;
  for (const end = Date.now() + patience; Date.now() < end && server.exitCode === null; await wait(100)) {
    if (await answers(uri)) return { uri, port, kill: () => kill(server), pause: () => pause(server) };
  }
  throw new Error(`The MongoDB server of the tests (${program}) did not start`);
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.ref();
  server.kill('SIGTERM');
  await exited;
}

/** The server is in the process group of its guard. */
function pause({ pid }: ChildProcess): () => void {
  if (pid === undefined) throw new Error('The MongoDB server of the tests has no process');
  process.kill(-pid, 'SIGSTOP');
  return () => process.kill(-pid, 'SIGCONT');
}

/** Whether a server is there. */
export async function answers(uri: string): Promise<boolean> {
  // Who else may listen there says nothing.
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: 500,
    connectTimeoutMS: silence,
    socketTimeoutMS: silence,
  });
  try {
    await client.db('admin').command({ ping: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
