import { measureBareStore, readContent, type StoreContent } from './bare-store.ts';
import { entriesOf, type ImportBundles, readBundles, smallBundles } from './bundles.ts';
import { post } from './load.ts';
import { readCounter } from './metrics.ts';
import { completeIndex, removeFolder, startPasserelle, temporaryFolder } from './processes.ts';
import type { BenchStore, DataPlace } from './stores.ts';

export interface ImportFigures {
  resources: number;
  transactions: number;
  /** Commits of the store: on the embedded one transactions that wait together share one. */
  commits: number;
  /** Resources per second through the API. */
  rate: number;
  /** Resources per second of SQLite alone, for the same rows in as many commits; for the embedded store. */
  bareRate?: number;
}

const clients = 4;

/** Imports the bundles of a folder, or generated ones, as `measureBundles`. */
export async function measureImport(store: BenchStore, folder: string | undefined): Promise<ImportFigures> {
  return measureBundles(store, await readBundles(folder));
}

/** Imports transactions of a hundred resources each, as `measureBundles`. */
export function measureTransactions(store: BenchStore): Promise<ImportFigures> {
  return measureBundles(store, smallBundles());
}

/** Imports transactions with four clients into an empty server, then writes the same rows without it. */
async function measureBundles(store: BenchStore, bundles: ImportBundles): Promise<ImportFigures> {
  const place = await store.newPlace();
  try {
    const { commits, seconds } = await importInto(place, store.commitMetric, bundles);
    const transactions = bundles.first.length + bundles.rest.length;
    if (place.folder === undefined) {
      const resources = entriesOf([...bundles.first, ...bundles.rest]);
      return { resources, transactions, commits, rate: resources / seconds };
    }
    const content = readContent(place.folder);
    const resources = content.resources.length;
    const bareRate = await bareRateOf(content, commits);
    return { resources, transactions, commits, rate: resources / seconds, bareRate };
  } finally {
    await place.remove();
  }
}

async function importInto({ settings }: DataPlace, commitMetric: string, { first, rest }: ImportBundles) {
  const server = await startPasserelle(settings, 'none');
  try {
    const before = await readCounter(server.origin, commitMetric);
    const started = performance.now();
    for (const bundle of first) await post(server.fhir, bundle);
    const waiting = [...rest];
    const client = async () => {
      for (let bundle = waiting.shift(); bundle !== undefined; bundle = waiting.shift()) {
        await post(server.fhir, bundle);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await completeIndex(server.origin);
    const seconds = (performance.now() - started) / 1000;
    const commits = (await readCounter(server.origin, commitMetric)) - before;
    return { commits, seconds };
  } finally {
    await server.stop();
  }
}

async function bareRateOf(content: StoreContent, commits: number): Promise<number> {
  const folder = await temporaryFolder();
  try {
    return measureBareStore(folder, content, commits);
  } finally {
    await removeFolder(folder);
  }
}
