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
    const wanted = scenarios(population.patients, patients).filter(({ name }) => names.has(name));
    const results = wanted.map(() => [[], []] as [Throughput[], Throughput[]]);
    for (let start = 0; start < starts; start++) {
      await whileRunning(settingsOf, async ([first, second]) => {
        for (const [at, { requests }] of wanted.entries()) {
          const servers = [measured(first), measured(second)] as const;
          const [plain, changed] = await measureInTurn(servers, requests(), seconds / starts);
          results[at]?.[0].push(plain);
          results[at]?.[1].push(changed);
        }
      });
    }
    return wanted.map(({ title }, at) => {
      const [plain, changed] = (results[at] ?? [[], []]).map(together) as [Throughput, Throughput];
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
