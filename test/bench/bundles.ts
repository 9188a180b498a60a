import type { Bundle } from 'fhir/r4.d.ts';
import { population } from '../../seeds/population/index.ts';
import { fileText, importFiles } from '../../src/cli/import-files.ts';

/** Transactions to import. */
export interface ImportBundles {
  /** Posted one by one before the others, which refer to them. */
  first: Buffer<ArrayBuffer>[];
  rest: Buffer<ArrayBuffer>[];
}

/** Enough patients for a measurement of some seconds. */
const generatedPatients = 8000;

/** What a measurement of some seconds takes, most of them after the compiler of JavaScript has done its work. */
const leastEntries = 30_000;

/**
 * The bundles of a folder, those of names with a leading 0 first, the others again and again where they are few; without
 * a folder generated ones.
 */
export async function readBundles(folder: string | undefined): Promise<ImportBundles> {
  if (folder === undefined) {
    const rest = [...population({ patients: generatedPatients, clinical: true })].map((bundle) =>
      Buffer.from(JSON.stringify(bundle)),
    );
    return { first: [], rest };
  }
  const bundles: ImportBundles = { first: [], rest: [] };
  for (const file of await importFiles(folder)) {
    if (file.kind !== 'json') continue;
    const text = Buffer.from(await fileText(file));
    (file.name.startsWith('0') ? bundles.first : bundles.rest).push(text);
  }
  const repetitions = Math.ceil(leastEntries / Math.max(entriesOf(bundles.rest), 1));
  return { ...bundles, rest: Array.from({ length: repetitions }, () => bundles.rest).flat() };
}

/** The number of resources in bundles. */
export function entriesOf(bundles: readonly Buffer[]): number {
  return bundles
    .map((bundle) => (JSON.parse(bundle.toString()) as Bundle).entry?.length ?? 0)
    .reduce((sum, entries) => sum + entries, 0);
}

/** Resources of a transaction that an application sends. */
const smallBundleEntries = 100;

/** Generated transactions of a hundred resources. */
export function smallBundles(): ImportBundles {
  const rest: Buffer<ArrayBuffer>[] = [];
  for (const bundle of population({ patients: generatedPatients, clinical: true })) {
    const { entry = [] } = bundle;
    for (let from = 0; from < entry.length; from += smallBundleEntries) {
      const part = { ...bundle, entry: entry.slice(from, from + smallBundleEntries) };
      rest.push(Buffer.from(JSON.stringify(part)));
    }
  }
  return { first: [], rest };
}
