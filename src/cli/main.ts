#!/usr/bin/env node
import { auditCommand, auditHelp } from './audit.ts';
import { clientsCommand, clientsHelp } from './clients.ts';
import { copyCommand, copyHelp } from './copy.ts';
import { importCommand, importHelp } from './import.ts';
import { insCommand, insHelp } from './ins.ts';
import { keysCommand, keysHelp } from './keys.ts';
import { backupCommand, backupHelp, reindexCommand, reindexHelp } from './maintenance.ts';
import { migrateCommand, migrateHelp } from './migrate.ts';
import { mongoCommand, mongoHelp } from './mongo.ts';
import { seedCommand, seedHelp } from './seed.ts';
import { serveCommand, serveHelp } from './serve.ts';
import { settingsCommand, settingsHelp } from './settings.ts';
import { verifyAuditCommand, verifyAuditHelp } from './verify-audit.ts';

/** One command of `passerelle`: its help and what runs it, which answers the exit code. */
interface Command {
  help: string;
  run(args: string[]): Promise<number>;
}

const commands: Record<string, Command> = {
  serve: { help: serveHelp, run: serveCommand },
  seed: { help: seedHelp, run: seedCommand },
  import: { help: importHelp, run: importCommand },
  ins: { help: insHelp, run: insCommand },
  migrate: { help: migrateHelp, run: migrateCommand },
  mongo: { help: mongoHelp, run: mongoCommand },
  clients: { help: clientsHelp, run: clientsCommand },
  copy: { help: copyHelp, run: copyCommand },
  backup: { help: backupHelp, run: backupCommand },
  keys: { help: keysHelp, run: keysCommand },
  reindex: { help: reindexHelp, run: reindexCommand },
  audit: { help: auditHelp, run: auditCommand },
  'verify-audit': { help: verifyAuditHelp, run: verifyAuditCommand },
  settings: { help: settingsHelp, run: settingsCommand },
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined || args.includes('--help')) {
  const helps = command === undefined ? Object.values(commands).map(({ help }) => help) : [command.help];
  console.log(helps.join('\n\n'));
  process.exitCode = command === undefined && name !== '--help' && name !== '' ? 2 : 0;
} else {
  try {
    process.exitCode = await command.run(args);
  } catch (error) {
    console.error(`passerelle ${name}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
