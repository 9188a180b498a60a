import type { Command } from './command.ts';
import { errorText } from './error-text.ts';

/** A command is loaded when it is called: the start of a server needs none of the others. */
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  seed: async () => (await import('./seed.ts')).seedCommand,
  import: async () => (await import('./import.ts')).importCommand,
  ins: async () => (await import('./ins.ts')).insCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  mongo: async () => (await import('./mongo.ts')).mongoCommand,
  clients: async () => (await import('./clients.ts')).clientsCommand,
  copy: async () => (await import('./copy.ts')).copyCommand,
  packages: async () => (await import('./packages.ts')).packagesCommand,
  terminology: async () => (await import('./terminology.ts')).terminologyCommand,
  backup: async () => (await import('./maintenance.ts')).backupCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  reindex: async () => (await import('./maintenance.ts')).reindexCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  'verify-audit': async () => (await import('./verify-audit.ts')).verifyAuditCommand,
  settings: async () => (await import('./settings.ts')).settingsCommand,
};

/**
 * Runs the command that the arguments name; without a known one it prints what there is.
 * @returns the exit code
 */
export async function runCommand([name = '', ...args]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined || args.includes('--help')) {
    const asked = await Promise.all(
      (load === undefined ? Object.values(commands) : [load]).map((each) => each()),
    );
    console.log(asked.map(({ help }) => help).join('\n\n'));
    return load === undefined && name !== '--help' && name !== '' ? 2 : 0;
  }
  try {
    const { run } = await load();
    return await run(args);
  } catch (error) {
    console.error(`passerelle ${name}: ${errorText(error as Error)}`);
    return 1;
  }
}
