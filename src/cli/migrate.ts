import { parseArgs } from 'node:util';
import { readSettings } from '../operability/settings.ts';
import { planMigration } from '../server-stores.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';

const help = `passerelle migrate [--dry-run]
  Brings the database of the settings to the form of this version; a newer database is refused. Of processes that
  start together one alone does it, the others wait.
  --dry-run     tells what would be done and changes nothing; exit code 3 when there is something to do, else 0`;

/** Exit code of a dry run that found something to do. */
const pending = 3;

/** Runs `passerelle migrate`: opening the store migrates it. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { 'dry-run': { type: 'boolean', default: false } } });
  return values['dry-run'] ? tellPlan() : migrate();
}

function migrate(): Promise<number> {
  return withCore(async ({ stores }) => {
    for (const step of stores.migrated) console.log(`Done: ${step}`);
    await stores.indexBuilds?.settled();
    console.log(`The database has schema version ${stores.schemaVersion}`);
    if (stores.hasOutdatedIndexes) console.log('Its search indexes are of an earlier version: run reindex');
    return stores.indexBuilds?.failed.length ? 1 : 0;
  });
}

async function tellPlan(): Promise<number> {
  const { version, steps, indexes } = await planMigration(readSettings(process.env));
  console.log(version === 0 ? 'There is no database yet' : `The database has schema version ${version}`);
  steps.forEach((step, n) => {
    console.log(`To do, schema version ${version + n + 1}: ${step}`);
  });
  for (const index of indexes) console.log(`To do, index of ${index}`);
  if (steps.length + indexes.length > 0) return pending;
  console.log('There is nothing to do');
  return 0;
}

export const migrateCommand: Command = { help, run };
