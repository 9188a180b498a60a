import { type Setting, settingsTable } from './settings-table.ts';

const settings = Object.entries<Setting>(settingsTable);

/** The text of `.env.example`: each setting with its meaning and default. */
export function environmentExample(): string {
  const blocks = settings.map(([name, setting]) => `# ${meaning(setting)}\n${name}=${setting.default}\n`);
  return `# Settings of Passerelle; written by \`npm run --silent passerelle settings\`.\n\n${blocks.join('\n')}`;
}

/** The text of `docs/settings.md`. */
export function settingsPage(): string {
  const rows = settings.map(([name, setting]) => {
    const value = setting.default === '' ? '(empty)' : `\`${setting.default}\``;
    return `| \`${name}\` | ${value} | ${meaning(setting)} |\n`;
  });
  return `# Settings

Environment variables, read once at the start; a wrong one stops the server with a line that names it. This page is
written by \`npm run --silent passerelle settings -- --page\`.

| name | default | meaning |
|---|---|---|
${rows.join('')}`;
}

function meaning({ doc, choices, type }: Setting): string {
  if (choices === undefined) return doc;
  return `${doc} ${type === 'list' ? 'Some of' : 'One of'}: ${choices.join(', ')}.`;
}
