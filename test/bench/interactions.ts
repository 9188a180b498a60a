import { LoadedPopulation } from './load.ts';
import { measureInTurn, type Throughput } from './measure.ts';
import type { BenchOptions, MeasureName } from './options.ts';
import { completeIndex, startPasserelle, startRawServer } from './processes.ts';
import { recordTypicalAnswer } from './record.ts';
import { scenarios } from './scenarios.ts';
import type { BenchStore } from './stores.ts';

/** Figures of one kind of request at one size. */
export interface InteractionFigures {
  patients: number;
  name: MeasureName;
  title: string;
  /** Bytes of the answer's body. */
  bytes: number;
  server: Throughput;
  /** The raw server, sending the same bytes. */
  raw: Throughput;
}

/** Loads patients in steps and measures every wanted interaction at each. */
export async function measureInteractions(
  store: BenchStore,
  { sizes, seconds, only }: BenchOptions,
  progress: (line: string) => void,
): Promise<InteractionFigures[]> {
  const place = await store.newPlace();
  const server = await startPasserelle(place.settings, 'none');
  const raw = await startRawServer();
  const figures: InteractionFigures[] = [];
  try {
    const loaded = new LoadedPopulation(server.fhir);
    for (const patients of sizes) {
      const rate = await loaded.extendTo(patients);
      progress(`${patients} patients loaded, ${Math.round(rate)} resources/s`);
      for (const { name, title, requests } of scenarios(loaded.patients, sizes.at(-1)!)) {
        if (!only.has(name)) continue;
        const sent = requests();
        const answer = await recordTypicalAnswer(server.origin, sent);
        await raw.answerWith(answer);
        const measured = { origin: server.origin, complete: completeIndex };
        const [rawFigures, serverFigures] = await measureInTurn([raw, measured], sent, seconds);
        const bytes = Buffer.byteLength(answer.body, 'base64');
        const figure = { patients, name, title, bytes, server: serverFigures, raw: rawFigures };
        figures.push(figure);
        progress(`${patients} patients, ${title}: ${Math.round(figure.server.rate)}/s`);
      }
    }
  } finally {
    await raw.stop();
    await server.stop();
    await place.remove();
  }
  return figures;
}
