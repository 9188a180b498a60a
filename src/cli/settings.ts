import { environmentExample, settingsPage } from '../operability/settings-text.ts';

export const settingsHelp = `passerelle settings [--page]
  Prints every setting with its meaning and default, as .env.example or, with --page, as docs/settings.md.`;

/** Runs `passerelle settings`. */
export async function settingsCommand(args: string[]): Promise<number> {
  process.stdout.write(args.includes('--page') ? settingsPage() : environmentExample());
  return 0;
}
