import { LoadedPopulation } from './load.ts';
import { measureInTurn, type Throughput } from './measure.ts';
import type { MeasureName } from './options.ts';
import { completeIndex, type ServerProcess, startPasserelle } from './processes.ts';
import { scenarios } from './scenarios.ts';
import type { BenchStore } from './stores.ts';

/** What settings cost, for one kind of request. */
export interface ComparedSettings {
  patients: number;
  title: string;
  plain: Throughput;
  /** With the settings that are compared. */
  changed: Throughput;
}

/** What is measured with and without some settings. */
export interface Comparison {
  store: BenchStore;
  patients: number;
  names: ReadonlySet<MeasureName>;
  settings: Readonly<Record<string, string>>;
  /** Called with all settings of the second server before it starts. */
  prepare?: (settings: Readonly<Record<string, string>>) => Promise<void>;
  seconds: number;
  progress: (line: string) => void;
}

/** Measures two servers, the second with further settings, in turns over the same patients. */
export async function compareSettings(comparison: Comparison): Promise<ComparedSettings[]> {
  const { store, patients, names, settings, prepare, seconds, progress } = comparison;
  const places = [await store.newPlace(), await store.newPlace()] as const;
  const servers: ServerProcess[] = [];
  const started = async (all: Readonly<Record<string, string>>) => {
    const server = await startPasserelle(all, 'none');
    servers.push(server);
    return server;
  };
  try {
    const ofSecond = { ...places[1].settings, ...settings };
    await prepare?.(ofSecond);
    const [first, second] = [await started(places[0].settings), await started(ofSecond)];
    const population = await load(first, patients);
    await load(second, patients);
    const figures: ComparedSettings[] = [];
    for (const { name, title, requests } of scenarios(population.patients, patients)) {
      if (!names.has(name)) continue;
      const origins = [first.origin, second.origin] as const;
      const [plain, changed] = await measureInTurn(origins, requests(), seconds, completeIndex);
      figures.push({ patients, title, plain, changed });
      progress(`${patients} patients, ${title} with ${Object.keys(settings)}: ${Math.round(changed.rate)}/s`);
    }
    return figures;
  } finally {
    for (const server of servers) await server.stop();
    for (const place of places) await place.remove();
  }
}

async function load({ fhir }: ServerProcess, patients: number): Promise<LoadedPopulation> {
  const population = new LoadedPopulation(fhir);
  await population.extendTo(patients);
  return population;
}
