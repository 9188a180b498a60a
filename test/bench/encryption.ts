import { join } from 'node:path';
import { LoadedPopulation } from './load.ts';
import { measureInTurn, type Throughput } from './measure.ts';
import type { MeasureName } from './options.ts';
import {
  completeIndex,
  removeFolder,
  runPasserelle,
  type ServerProcess,
  startPasserelle,
  temporaryFolder,
} from './processes.ts';
import { scenarios } from './scenarios.ts';
import type { BenchStore } from './stores.ts';

/** What encryption at rest costs, one kind of request each. */
export interface EncryptionFigures {
  patients: number;
  title: string;
  clear: Throughput;
  encrypted: Throughput;
}

const measured: ReadonlySet<MeasureName> = new Set(['read', 'identifier', 'update', 'create']);

/** Measures a server whose database is in clear and one whose database is encrypted, in turns over the same patients. */
export async function measureEncryption(
  store: BenchStore,
  patients: number,
  seconds: number,
  progress: (line: string) => void,
): Promise<EncryptionFigures[]> {
  const keys = await temporaryFolder();
  const [clearPlace, encryptedPlace] = [await store.newPlace(), await store.newPlace()];
  const servers: ServerProcess[] = [];
  const started = async (settings: Readonly<Record<string, string>>) => {
    const server = await startPasserelle(settings, 'none');
    servers.push(server);
    return server;
  };
  try {
    const settings = { ...encryptedPlace.settings, ENCRYPTION_KEYS_FILE: join(keys, 'keys.json') };
    await runPasserelle(['keys', 'add'], settings);
    const [clear, encrypted] = [await started(clearPlace.settings), await started(settings)];
    const population = await load(clear, patients);
    await load(encrypted, patients);
    const figures: EncryptionFigures[] = [];
    for (const { name, title, requests } of scenarios(population.patients, patients)) {
      if (!measured.has(name)) continue;
      const origins = [clear.origin, encrypted.origin] as const;
      const [inClear, ofEncrypted] = await measureInTurn(origins, requests(), seconds, completeIndex);
      figures.push({ patients, title, clear: inClear, encrypted: ofEncrypted });
      progress(`${patients} patients, ${title}, encrypted: ${Math.round(ofEncrypted.rate)}/s`);
    }
    return figures;
  } finally {
    for (const server of servers) await server.stop();
    for (const place of [clearPlace, encryptedPlace]) await place.remove();
    await removeFolder(keys);
  }
}

async function load({ fhir }: ServerProcess, patients: number): Promise<LoadedPopulation> {
  const population = new LoadedPopulation(fhir);
  await population.extendTo(patients);
  return population;
}
