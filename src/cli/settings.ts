import { environmentExample, settingsPage } from '../operability/settings-text.ts';
import type { Command } from './command.ts';

const help = `passerelle settings [--page]
  Prints every setting with its meaning and default, as .env.example or, with --page, as docs/settings.md.`;

/** Runs `passerelle settings`. */
async function run(args: string[]): Promise<number> {
  process.stdout.write(args.includes('--page') ? settingsPage() : environmentExample());
  return 0;
}

export const settingsCommand: Command = { help, run };
