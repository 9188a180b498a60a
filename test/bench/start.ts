import { setTimeout } from 'node:timers/promises';
import { readMetric } from './metrics.ts';
import { removeFolder, startPasserelle, temporaryFolder } from './processes.ts';

export interface StartFigures {
  /** Milliseconds from the start of the process to its first answer as ready; the median of several starts. */
  coldStart: number;
  /** Resident bytes of the process two seconds after its start. */
  idleMemory: number;
}

const starts = 5;

/** Starts the server several times over a folder that already holds the demo data. */
export async function measureStart(): Promise<StartFigures> {
  const dataFolder = await temporaryFolder();
  try {
    await (await startPasserelle(dataFolder, 'demo')).stop();
    const figures: StartFigures[] = [];
    for (let start = 0; start < starts; start++) figures.push(await startOnce(dataFolder));
    return {
      coldStart: median(figures.map(({ coldStart }) => coldStart)),
      idleMemory: median(figures.map(({ idleMemory }) => idleMemory)),
    };
  } finally {
    await removeFolder(dataFolder);
  }
}

async function startOnce(dataFolder: string): Promise<StartFigures> {
  const server = await startPasserelle(dataFolder, 'demo');
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
