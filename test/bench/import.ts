import { measureBareStore, readContent } from './bare-store.ts';
import { type ImportBundles, readBundles, smallBundles } from './bundles.ts';
import { post } from './load.ts';
import { readMetric } from './metrics.ts';
import { removeFolder, startPasserelle, temporaryFolder } from './processes.ts';

export interface ImportFigures {
  resources: number;
  transactions: number;
  /** Commits of the store: transactions that wait together share one. */
  commits: number;
  /** Resources per second through the API. */
  rate: number;
  /** Resources per second of SQLite alone, for the same rows in as many commits. */
  bareRate: number;
}

const clients = 4;
const commitMetric = 'store_duration_seconds_count{operation="transaction"}';

/** Imports the bundles of a folder, or generated ones, as `measureBundles`. */
export async function measureImport(folder: string | undefined): Promise<ImportFigures> {
  return measureBundles(await readBundles(folder));
}

/** Imports transactions of a hundred resources each, as `measureBundles`. */
export function measureTransactions(): Promise<ImportFigures> {
  return measureBundles(smallBundles());
}

/** Imports transactions with four clients into an empty server, then writes the same rows without it. */
async function measureBundles(bundles: ImportBundles): Promise<ImportFigures> {
  const dataFolder = await temporaryFolder();
  const bareFolder = await temporaryFolder();
  try {
    const { commits, transactions, seconds } = await importInto(dataFolder, bundles);
    const content = readContent(dataFolder);
    const resources = content.resources.length;
    return {
      resources,
      transactions,
      commits,
      rate: resources / seconds,
      bareRate: measureBareStore(bareFolder, content, commits),
    };
  } finally {
    await removeFolder(dataFolder);
    await removeFolder(bareFolder);
  }
}

async function importInto(dataFolder: string, { first, rest }: ImportBundles) {
  const server = await startPasserelle(dataFolder, 'none');
  try {
    const before = await readMetric(server.origin, commitMetric);
    const started = performance.now();
    for (const bundle of first) await post(server.fhir, bundle);
    const waiting = [...rest];
    const client = async () => {
      for (let bundle = waiting.shift(); bundle !== undefined; bundle = waiting.shift()) {
        await post(server.fhir, bundle);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    const seconds = (performance.now() - started) / 1000;
    const commits = (await readMetric(server.origin, commitMetric)) - before;
    return { commits, transactions: first.length + rest.length, seconds };
  } finally {
    await server.stop();
  }
}
