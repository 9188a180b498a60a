import { setTimeout } from 'node:timers/promises';
import { readMetric } from './metrics.ts';
import { startPasserelle } from './processes.ts';
import type { BenchStore, DataPlace } from './stores.ts';

export interface StartFigures {
  /** Milliseconds from the start of the process to its first answer as ready; the median of several starts. */
  coldStart: number;
  /** Resident bytes of the process two seconds after its start. */
  idleMemory: number;
}

const starts = 5;

/** Starts the server several times over a store that already holds the demo data. */
export async function measureStart(store: BenchStore): Promise<StartFigures> {
  const place = await store.newPlace();
  try {
    await (await startPasserelle(place.settings, 'demo')).stop();
    const figures: StartFigures[] = [];
    for (let start = 0; start < starts; start++) figures.push(await startOnce(place));
    return {
      coldStart: median(figures.map(({ coldStart }) => coldStart)),
      idleMemory: median(figures.map(({ idleMemory }) => idleMemory)),
    };
  } finally {
    await place.remove();
  }
}

async function startOnce({ settings }: DataPlace): Promise<StartFigures> {
  const server = await startPasserelle(settings, 'demo');
  try {
    await setTimeout(2000);
    const idleMemory = await readMetric(server.origin, 'process_resident_memory_bytes');
    return { coldStart: server.startup, idleMemory };
  } finally {
    await server.stop();
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
