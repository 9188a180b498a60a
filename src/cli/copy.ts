import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { containedResources } from '../interactions/contained.ts';
import { publicOrigin, readSettings, type Settings } from '../operability/settings.ts';
import { type Core, openCore } from '../server-core.ts';
import { openStores, planMigration } from '../server-stores.ts';
import { type Comparison, compareDatabases, type TypeComparison } from '../store/copy/comparison.ts';
import { type CopyStart, copyDatabase } from '../store/copy/copy.ts';
import { checkCopyEnded } from '../store/copy/progress.ts';
import type { DatabaseStores } from '../store/database-stores.ts';
import type { Command } from './command.ts';
import { progressBar } from './progress.ts';

const help = `passerelle copy --from DATABASE --to DATABASE
  Copies a whole server to an empty database: all tenants, versions, deletions, keys, search parameters, secrets and
  values that expire. Stop the servers of both before. Stopped, it goes on where it was; at the end it compares both.
  DATABASE      sqlite:FOLDER, a connection string (mongodb://… or mongodb+srv://…) that names the database, or
                mongodb: for that of MONGODB_URI and MONGODB_DATABASE; exit code 1 when the two differ`;

/** Runs `passerelle copy`. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { from: { type: 'string' }, to: { type: 'string' } } });
  const settings = readSettings(process.env);
  const [from, to] = [values.from, values.to].map((text) => settingsOf(settings, text));
  if (from === undefined || to === undefined) {
    console.error(help);
    return 2;
  }
  if (isSame(from, to)) throw new Error('Both are the same database');
  await checkSource(from);
  const source = await openStores(from, () => undefined, { anyTenancy: true });
  try {
    await checkCopyEnded(source.transfer);
    if (from.MONGODB_URI === '' && to.MONGODB_URI === '') await copyFile(source, to.DATA_DIR);
    const core = await openCore(to, publicOrigin(to));
    try {
      return await copy(source, core);
    } finally {
      await core.close();
    }
  } finally {
    await source.close();
  }
}

/** Between two embedded stores the file is copied whole, so that the links to pages of searches hold too. */
async function copyFile(source: DatabaseStores, directory: string): Promise<void> {
  const file = join(directory, 'passerelle.db');
  if (existsSync(file)) return;
  // Tells the copy from other databases.
  await source.secret('database');
  await mkdir(directory, { recursive: true });
  await source.backup(file);
}

/** The settings with the database that a text names; `undefined` when it names none. */
function settingsOf(settings: Settings, text: string | undefined): Settings | undefined {
  if (text?.startsWith('sqlite:') && text !== 'sqlite:')
    return { ...settings, MONGODB_URI: '', DATA_DIR: text.slice('sqlite:'.length) };
  if (text === 'mongodb:') return settings.MONGODB_URI === '' ? undefined : settings;
  if (text !== undefined && /^mongodb(\+srv)?:\/\//.test(text))
    return { ...settings, MONGODB_URI: text, MONGODB_DATABASE: '' };
  return undefined;
}

function isSame(one: Settings, other: Settings): boolean {
  const nameOf = ({ MONGODB_URI, MONGODB_DATABASE, DATA_DIR }: Settings) =>
    MONGODB_URI === '' ? resolve(DATA_DIR) : `${MONGODB_URI} ${MONGODB_DATABASE}`;
  return nameOf(one) === nameOf(other);
}

/** A copy changes nothing of its source: it neither makes nor migrates it. */
async function checkSource(settings: Settings): Promise<void> {
  const { version, steps } = await planMigration(settings);
  if (version === 0) throw new Error('There is no database to copy from');
  if (steps.length > 0) {
    throw new Error(
      `The database to copy from has schema version ${version}: run passerelle migrate on it first`,
    );
  }
}

async function copy(
  source: DatabaseStores,
  { stores: target, searchParameters, spine }: Core,
): Promise<number> {
  const bar = progressBar();
  const started = performance.now();
  let copied = 0;
  let before: number | undefined;
  const begun = await copyDatabase({
    source,
    target,
    refresh: () => searchParameters.refresh(),
    index: (body) => {
      const resource = parseJson(body) as Resource;
      return {
        index: searchParameters.extractResource(resource),
        contained: containedResources(spine, resource),
      };
    },
    onProgress: (done, total) => {
      before ??= done;
      copied = done - before;
      bar.show(done, total, 'versions copied');
    },
  });
  bar.end();
  tellStart(begun, copied, (performance.now() - started) / 1000);
  const comparison = await compare(source, target);
  tell(comparison);
  return comparison.isEqual ? 0 : 1;
}

function tellStart(begun: CopyStart, copied: number, seconds: number): void {
  if (begun === 'complete before') console.log('The copy is complete');
  else {
    const how = begun === 'resumed' ? ', after those of a run before' : '';
    const rate = Math.round(copied / Math.max(seconds, 0.001));
    console.log(`${copied} versions copied in ${seconds.toFixed(1)} s (${rate}/s)${how}`);
  }
}

async function compare(source: DatabaseStores, target: DatabaseStores): Promise<Comparison> {
  const bar = progressBar();
  const sizes = [...(await source.transfer.sizes()), ...(await target.transfer.sizes())];
  const total = sizes.reduce((sum, { versions }) => sum + versions, 0);
  const comparison = await compareDatabases(source.transfer, target.transfer, (done) =>
    bar.show(done, total, 'versions compared'),
  );
  bar.end();
  return comparison;
}

function tell({ types, claims, isEqual }: Comparison): void {
  for (const comparison of types) (comparison.isEqual ? console.log : console.error)(lineOf(comparison));
  if (claims.source !== claims.target)
    console.error(`claims of conditions DIFFER: ${claims.source} and ${claims.target}`);
  if (isEqual) console.log('Both databases are equal');
  else
    console.error(
      'The databases differ: was the source or the target in use? Empty the target and copy again',
    );
}

function lineOf({ source, target, isEqual }: TypeComparison): string {
  const { tenant, type, resources, versions, digest } = source;
  const content = `${tenant} ${type}: ${resources} resources, ${versions} versions`;
  if (isEqual) return `${content}, sha256 ${digest.slice(0, 16)}`;
  return `${content} DIFFER from ${target.resources} resources, ${target.versions} versions`;
}

export const copyCommand: Command = { help, run };
