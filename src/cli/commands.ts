/** One command of `passerelle`: its help and what runs it, which answers the exit code. */
interface Command {
  help: string;
  run(args: string[]): Promise<number>;
}

/** A command is loaded when it is called: the start of a server needs none of the others. */
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => {
    const { serveHelp: help, serveCommand: run } = await import('./serve.ts');
    return { help, run };
  },
  seed: async () => {
    const { seedHelp: help, seedCommand: run } = await import('./seed.ts');
    return { help, run };
  },
  import: async () => {
    const { importHelp: help, importCommand: run } = await import('./import.ts');
    return { help, run };
  },
  ins: async () => {
    const { insHelp: help, insCommand: run } = await import('./ins.ts');
    return { help, run };
  },
  migrate: async () => {
    const { migrateHelp: help, migrateCommand: run } = await import('./migrate.ts');
    return { help, run };
  },
  mongo: async () => {
    const { mongoHelp: help, mongoCommand: run } = await import('./mongo.ts');
    return { help, run };
  },
  clients: async () => {
    const { clientsHelp: help, clientsCommand: run } = await import('./clients.ts');
    return { help, run };
  },
  copy: async () => {
    const { copyHelp: help, copyCommand: run } = await import('./copy.ts');
    return { help, run };
  },
  packages: async () => {
    const { packagesHelp: help, packagesCommand: run } = await import('./packages.ts');
    return { help, run };
  },
  terminology: async () => {
    const { terminologyHelp: help, terminologyCommand: run } = await import('./terminology.ts');
    return { help, run };
  },
  backup: async () => {
    const { backupHelp: help, backupCommand: run } = await import('./maintenance.ts');
    return { help, run };
  },
  keys: async () => {
    const { keysHelp: help, keysCommand: run } = await import('./keys.ts');
    return { help, run };
  },
  reindex: async () => {
    const { reindexHelp: help, reindexCommand: run } = await import('./maintenance.ts');
    return { help, run };
  },
  audit: async () => {
    const { auditHelp: help, auditCommand: run } = await import('./audit.ts');
    return { help, run };
  },
  'verify-audit': async () => {
    const { verifyAuditHelp: help, verifyAuditCommand: run } = await import('./verify-audit.ts');
    return { help, run };
  },
  settings: async () => {
    const { settingsHelp: help, settingsCommand: run } = await import('./settings.ts');
    return { help, run };
  },
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
    console.error(`passerelle ${name}: ${(error as Error).message}`);
    return 1;
  }
}
