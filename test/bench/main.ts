import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { measureImport, measureTransactions } from './import.ts';
import { measureInteractions } from './interactions.ts';
import { type BenchOptions, help, readOptions } from './options.ts';
import { type BenchFigures, report } from './report.ts';
import { measureSearch } from './search/measure.ts';
import { measureStart } from './start.ts';
import { missedTargets } from './targets.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(help);
else process.exitCode = await bench(args);

async function bench(args: string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return 2;
  const figures = await measure(options);
  console.log(`\nNode.js ${process.version}, ${availableParallelism()} cores\n\n${report(figures)}`);
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(figures, undefined, 2));
  const missed = missedTargets(figures);
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

async function measure(options: BenchOptions): Promise<BenchFigures> {
  const { only, bundles } = options;
  const figures: BenchFigures = { interactions: [] };
  if (only.has('start')) figures.start = await measureStart();
  if (only.has('import')) figures.import = await measureImport(bundles);
  if (only.has('transaction')) figures.transactions = await measureTransactions();
  const others = ['start', 'import', 'transaction', 'search'];
  if ([...only].some((name) => !others.includes(name))) {
    figures.interactions = await measureInteractions(options, progress);
  }
  if (only.has('search')) figures.search = await measureSearch(options, progress);
  return figures;
}

function progress(line: string): void {
  console.error(line);
}
