import { readFile, stat } from 'node:fs/promises';
import defaultPolicy from './default-policy.json' with { type: 'json' };
import { type Policy, readPolicy } from './policy.ts';

export interface PolicyFileOptions {
  /** Absent: the policy of this project. */
  path?: string;
  resourceTypes: ReadonlySet<string>;
  /** Told of a file that cannot be taken, whose former content goes on to hold. */
  onProblem(message: string): void;
  onReload(): void;
}

/** How often it is looked whether the file changed, in milliseconds. */
const lookEvery = 1000;

/** The policy of a running server, which follows its file. */
export interface PolicyFile {
  current(): Policy;
  close(): void;
}

/**
 * Reads the policy, and again whenever its file changes. The file is looked at by its time and size, which also works
 * where it is a mounted volume that tells no changes.
 * @throws Error when it cannot be read at the start: nothing would be known of who may do what
 */
export async function openPolicyFile(options: PolicyFileOptions): Promise<PolicyFile> {
  const { path, resourceTypes, onProblem, onReload } = options;
  if (path === undefined) {
    const policy = readPolicy(defaultPolicy, resourceTypes);
    return { current: () => policy, close: () => undefined };
  }
  const read = async () => readPolicy(JSON.parse(await readFile(path, 'utf8')), resourceTypes);
  let seen = await stateOf(path);
  let policy = await read().catch((cause: Error) => {
    throw new Error(`POLICY_FILE: ${cause.message}`, { cause });
  });
  let looking = false;

  async function look(): Promise<void> {
    const state = await stateOf(path as string);
    if (state === seen) return;
    seen = state;
    try {
      policy = await read();
      onReload();
    } catch (error) {
      onProblem((error as Error).message);
    }
  }

  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  }, lookEvery);
  timer.unref();
  return { current: () => policy, close: () => clearInterval(timer) };
}

/** Changes when the file does; a file that is not there has a state too. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
}
