import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { measureAccess } from './access.ts';
import { measureEncryption } from './encryption.ts';
import { measureImport, measureTransactions } from './import.ts';
import { measureInteractions } from './interactions.ts';
import { type BenchOptions, help, readOptions } from './options.ts';
import { type BenchFigures, report } from './report.ts';
import { measureSearch } from './search/measure.ts';
import { measureStart } from './start.ts';
import { type BenchStore, openBenchStore } from './stores.ts';
import { missedTargets } from './targets.ts';
import { compareSettings } from './two-settings.ts';
import { measureValidation } from './validation.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(help);
else process.exitCode = await bench(args);

async function bench(args: string[]): Promise<number> {
  const options = optionsOf(args);
  const store = options && (await storeOf(options));
  if (options === undefined || store === undefined) return 2;
  const figures = await measure(store, options);
  const conditions = `Node.js ${process.version}, ${availableParallelism()} cores, ${store.title}`;
  console.log(`\n${conditions}\n\n${report(figures)}`);
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(figures, undefined, 2));
  // The targets are those of the embedded store.
  const missed = options.store === 'embedded' ? missedTargets(figures) : [];
  for (const line of missed) console.log(`target missed: ${line}`);
  return options.check && missed.length > 0 ? 1 : 0;
}

function optionsOf(args: string[]): BenchOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    return undefined;
  }
}

async function storeOf({ store }: BenchOptions): Promise<BenchStore | undefined> {
  try {
    return await openBenchStore(store, process.env);
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

async function measure(store: BenchStore, options: BenchOptions): Promise<BenchFigures> {
  const { only, bundles } = options;
  const figures: BenchFigures = { interactions: [] };
  if (only.has('start')) figures.start = await measureStart(store);
  if (only.has('import')) figures.import = await measureImport(store, bundles);
  if (only.has('transaction')) figures.transactions = await measureTransactions(store);
  const compared = { store, patients: options.sizes[0] ?? 0, seconds: options.seconds, progress };
  if (only.has('access')) {
    figures.access = await measureAccess(store, options.sizes[0] ?? 0, options.seconds, progress);
  }
  if (only.has('encryption')) {
    figures.encryption = await measureEncryption(compared);
  }
  const others = ['start', 'import', 'transaction', 'access', 'encryption', 'search', 'validation'];
  if ([...only].some((name) => !others.includes(name))) {
    figures.interactions = await measureInteractions(store, options, progress);
  }
  if (only.has('validation')) {
    figures.validation = measureValidation(options.seconds, progress);
    figures.validatedWrites = await compareSettings({
      ...compared,
      names: new Set(['update', 'create']),
      settings: { VALIDATION: 'claimed' },
    });
  }
  if (only.has('search')) figures.search = await measureSearch(store, options, progress);
  return figures;
}

function progress(line: string): void {
  console.error(line);
}
