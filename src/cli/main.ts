#!/usr/bin/env node
import { importCommand, importHelp } from './import.ts';
import { serveCommand, serveHelp } from './serve.ts';

/** One command of `passerelle`: its help and what runs it, which answers the exit code. */
interface Command {
  help: string;
  run(args: string[]): Promise<number>;
}

const commands: Record<string, Command> = {
  serve: { help: serveHelp, run: serveCommand },
  import: { help: importHelp, run: importCommand },
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
