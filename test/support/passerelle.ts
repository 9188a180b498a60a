import { type ChildProcess, execFile } from 'node:child_process';

/** How a command ended. */
export interface CommandRun {
  /** Exit code; -1 after a signal. */
  code: number;
  stdout: string;
  stderr: string;
}

const repository = new URL('../..', import.meta.url).pathname;

/**
 * Runs `passerelle` in a process of its own.
 * @param onStart told the process, to be signalled
 */
export function runPasserelle(
  args: readonly string[],
  environment: Record<string, string>,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<CommandRun> {
  const env = { ...process.env, LOG_LEVEL: 'error', PORT: '0', ...environment };
  const options = { env, cwd: repository, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['src/cli/main.ts', ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      },
    );
    onStart(child);
  });
}
