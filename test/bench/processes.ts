import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RecordedAnswer } from './record.ts';

const command = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const rawServer = fileURLToPath(new URL('raw-server.ts', import.meta.url));

/** How long a server may take to be ready, in milliseconds. */
const startPatience = 30_000;

/** Passerelle in a process of its own. */
export interface ServerProcess {
  /** URL without path. */
  origin: string;
  /** FHIR base URL. */
  fhir: string;
  /** Milliseconds from the start of the process to the first answer that says it is ready. */
  startup: number;
  stop(): Promise<void>;
}

/** The server that does nothing but HTTP, in a process of its own. */
export interface RawServerProcess {
  origin: string;
  /** From now on every request gets this answer. */
  answerWith(answer: RecordedAnswer): Promise<void>;
  stop(): Promise<void>;
}

/** Waits for the index rows of what was written, which the embedded store puts off until somebody searches. */
export async function completeIndex(origin: string): Promise<void> {
  const response = await fetch(`${origin}/fhir/Patient?_id=none`);
  if (!response.ok) throw new Error(`A search answered ${response.status}`);
  await response.arrayBuffer();
}

/** A folder under the system's temporary one; the caller removes it with `removeFolder`. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'passerelle-bench-'));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/**
 * Runs a command of Passerelle to its end.
 * @param settings as for a server
 * @throws Error when it fails
 */
export async function runPasserelle(
  args: string[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const env = { PATH: process.env['PATH'], ...settings };
  const child = spawn(process.execPath, [command, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`passerelle ${args.join(' ')} ended with ${code}`);
}

/**
 * Starts Passerelle with its default settings, writes checked for structure alone, and those of its store, whatever the
 * environment says; its log lines are written, but to nowhere.
 * @param settings those that lead to its resources, and others that are not to be the default
 * @param seed demo data or none, see the setting SEED
 * @throws Error when it ends or is not ready in time
 */
export async function startPasserelle(
  settings: Readonly<Record<string, string>>,
  seed: 'demo' | 'none',
): Promise<ServerProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const child = spawn(process.execPath, [...profiling(), command, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      SEED: seed,
      // What the rules cost is measured by itself: the patients of the bench claim a profile.
      VALIDATION: 'off',
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isReady(origin))) {
    if (hasEnded(child)) throw new Error('Passerelle ended while it started');
    if (performance.now() - started > startPatience) throw new Error('Passerelle is not ready in time');
    await setTimeout(5);
  }
  const startup = performance.now() - started;
  return { origin, fhir: `${origin}/fhir`, startup, stop: () => stop(child) };
}

/** With BENCH_PROFILE=DIR each server leaves a CPU profile there when it stops. */
function profiling(): string[] {
  const folder = process.env['BENCH_PROFILE'];
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${folder}`];
}

export async function startRawServer(): Promise<RawServerProcess> {
  const child = fork(rawServer, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    origin: `http://127.0.0.1:${port}`,
    async answerWith(answer) {
      child.send(answer);
      await once(child, 'message');
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/health/ready`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
