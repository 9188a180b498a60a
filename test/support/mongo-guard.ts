import { spawn } from 'node:child_process';

/**
 * Runs a program as long as another process is alive, and kills it when it is told to end itself:
 * `mongo-guard.ts <process id> <program> <argument>…`.
 */
const [owner, program = '', ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: 'ignore' });
child.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => child.kill('SIGKILL'));

setInterval(() => {
  if (!isAlive(Number(owner))) child.kill('SIGKILL');
}, 500);

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
