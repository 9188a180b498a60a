import { LoadedPopulation } from './load.ts';
import { type MeasuredServer, measureInTurn, type Throughput, together } from './measure.ts';
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
  /** How long each start of a server is measured. */
  seconds: number;
  progress: (line: string) => void;
}

/** Two processes of one program differ in speed by some hundredths: each server is started so many times. */
const starts = 3;

/** Measures two servers, the second with further settings, in turns over the same patients. */
export async function compareSettings(comparison: Comparison): Promise<ComparedSettings[]> {
  const { store, patients, names, settings, prepare, seconds, progress } = comparison;
  const places = [await store.newPlace(), await store.newPlace()] as const;
  const settingsOf = [places[0].settings, { ...places[1].settings, ...settings }] as const;
  try {
    await prepare?.(settingsOf[1]);
    const population = await whileRunning(settingsOf, async ([first, second]) => {
      const loaded = await load(first, patients);
      await load(second, patients);
      return loaded;
    });
    const measures = scenarios(population.patients, patients)
      .filter(({ name }) => names.has(name))
      .map(({ title, requests }) => ({
        title,
        requests: requests(),
        plain: [] as Throughput[],
        changed: [] as Throughput[],
      }));
    for (let start = 0; start < starts; start++) {
      await whileRunning(settingsOf, async ([first, second]) => {
        const servers = [measured(first), measured(second)] as const;
        for (const { requests, plain, changed } of measures) {
          const [ofFirst, ofSecond] = await measureInTurn(servers, requests, seconds);
          plain.push(ofFirst);
          changed.push(ofSecond);
        }
      });
    }
    return measures.map(({ title, ...results }) => {
      const [plain, changed] = [together(results.plain), together(results.changed)];
      progress(`${patients} patients, ${title} with ${Object.keys(settings)}: ${Math.round(changed.rate)}/s`);
      return { patients, title, plain, changed };
    });
  } finally {
    for (const place of places) await place.remove();
  }
}

/** Starts a server with each of the settings, and stops both when the work is done. */
async function whileRunning<T>(
  settings: readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>],
  work: (servers: readonly [ServerProcess, ServerProcess]) => Promise<T>,
): Promise<T> {
  const servers: ServerProcess[] = [];
  try {
    const first = await startPasserelle(settings[0], 'none');
    servers.push(first);
    const second = await startPasserelle(settings[1], 'none');
    servers.push(second);
    return await work([first, second]);
  } finally {
    for (const server of servers) await server.stop();
  }
}

function measured({ origin }: ServerProcess): MeasuredServer {
  return { origin, complete: completeIndex };
}

async function load({ fhir }: ServerProcess, patients: number): Promise<LoadedPopulation> {
  const population = new LoadedPopulation(fhir);
  await population.extendTo(patients);
  return population;
}
