import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Written } from './confidentiality.ts';
import { dropStore, storeSettings } from './store-under-test.ts';

/** A server in a process of its own, as `passerelle serve` starts it. */
export interface ServerProcess {
  origin: string;
  /** Everything that the process wrote so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Ends the pipe of its log, or leaves it unread. */
  log: { end(): void; leave(): void };
  /** Exit code, or `null` after a signal that killed it. */
  exited: Promise<number | null>;
}

const repository = new URL('../..', import.meta.url).pathname;

/**
 * Starts `passerelle serve` on a free port, runs the work and kills the process if it still runs then.
 * @throws Error with the output when the process ends before it listens, or with what tells who a person is in it
 */
export async function withServerProcess<T>(
  directory: string,
  environment: Record<string, string>,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'serve'], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      SEED: 'none',
      DATA_DIR: directory,
      ...(await storeSettings(directory)),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const listening = new Promise<string>((resolve, reject) => {
    const listen = (chunk: string) => {
      output += chunk;
      const origin = /FHIR API\s+(https?:\S+)\/fhir\n/.exec(output)?.[1];
      if (origin !== undefined) resolve(origin);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
    void exited.then((code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
  try {
    const origin = await listening;
    const { stdout } = child;
    const done = await work({
      origin,
      output: () => output,
      signal: (signal) => child.kill(signal),
      log: { end: () => stdout.destroy(), leave: () => stdout.pause() },
      exited,
    });
    new Written(output).check();
    return done;
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

/** Runs work over a data folder that is removed afterwards. */
export async function withDataFolder<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'passerelle-'));
  try {
    return await work(directory);
  } finally {
    await dropStore(directory);
    await rm(directory, { recursive: true, force: true });
  }
}
