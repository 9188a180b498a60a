import { readMetric } from '../metrics.ts';
import { type ServerProcess, startPasserelle } from '../processes.ts';
import { recordTypicalAnswer } from '../record.ts';
import type { BenchStore } from '../stores.ts';
import { prepareSearchData, type SearchData } from './data.ts';
import { type Latencies, meanOf, measureLatencies } from './latency.ts';
import { mixedLoad, type SearchLoad, type SearchName, searchLoads } from './scenarios.ts';

/** Figures of one kind of search at one size. */
export interface SearchFigures {
  patients: number;
  name: SearchName;
  title: string;
  latencies: Latencies;
}

/** What a mixed load did to the server. */
export interface MixedFigures {
  patients: number;
  latencies: Latencies;
  /** Delay of the event loop at p99, in milliseconds. */
  eventLoopDelay: number;
}

export interface SearchTable {
  searches: SearchFigures[];
  mixed: MixedFigures[];
}

interface SearchOptions {
  sizes: readonly number[];
  seconds: number;
  /** Keeps the data for further runs. */
  data?: string;
}

const warmUpSeconds = 2;
const rounds = 2;
const delayMetric = 'nodejs_eventloop_lag_p99_seconds';

/** Runs each kind of search on servers of all sizes, which take turns, and then a mixed load on each. */
export async function measureSearch(
  store: BenchStore,
  options: SearchOptions,
  progress: (line: string) => void,
): Promise<SearchTable> {
  const prepared: SearchData[] = [];
  const sized: Sized[] = [];
  try {
    for (const patients of options.sizes) {
      const data = await prepareSearchData(store, options.data, patients, progress);
      prepared.push(data);
      const server = await startPasserelle(data.place.settings, 'none');
      sized.push({ patients, data, server, loads: searchLoads(data) });
    }
    const searches = await measureKinds(sized, options.seconds, progress);
    const mixed: MixedFigures[] = [];
    for (const one of sized) mixed.push(await measureMixed(one, options.seconds));
    return { searches, mixed };
  } finally {
    for (const { server } of sized) await server.stop();
    for (const { place } of prepared) await place.remove();
  }
}

/** A server over the data of one size. */
interface Sized {
  patients: number;
  data: SearchData;
  server: ServerProcess;
  loads: SearchLoad[];
}

async function measureKinds(
  sized: readonly Sized[],
  seconds: number,
  progress: (line: string) => void,
): Promise<SearchFigures[]> {
  const figures: SearchFigures[] = [];
  for (const [at, { name, title }] of (sized[0]?.loads ?? []).entries()) {
    const results = sized.map((): Latencies[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [place, { server, loads }] of sized.entries()) {
        const { requests } = loads[at]!;
        // Also a look at the answers: one without a match would measure something else.
        if (round === 0) await recordTypicalAnswer(server.origin, requests);
        await measureLatencies(server.origin, requests, warmUpSeconds);
        results[place]!.push(await measureLatencies(server.origin, requests, seconds / rounds));
      }
    }
    for (const [place, { patients }] of sized.entries()) {
      const latencies = meanOf(results[place]!);
      figures.push({ patients, name, title, latencies });
      progress(`${patients} patients, ${title}: ${Math.round(latencies.rate)}/s`);
    }
  }
  return figures;
}

async function measureMixed({ patients, data, server }: Sized, seconds: number): Promise<MixedFigures> {
  const requests = mixedLoad(data);
  await measureLatencies(server.origin, requests, warmUpSeconds);
  // The server starts its histogram again at each look.
  await readMetric(server.origin, delayMetric);
  const latencies = await measureLatencies(server.origin, requests, seconds);
  const delay = await readMetric(server.origin, delayMetric);
  return { patients, latencies, eventLoopDelay: delay * 1000 };
}
