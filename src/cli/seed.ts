import { parseArgs } from 'node:util';
import { population } from '../../seeds/population/index.ts';
import { loadBundle } from '../server-core.ts';
import type { Command } from './command.ts';
import { withCore } from './core.ts';
import { progressBar } from './progress.ts';

const help = `passerelle seed --patients N [--seed S] [--clinical]
  Writes a synthetic French population into the store: invented persons with matricules of the test authority.
  --patients N  how many persons
  --seed S      another population than that of seed 1; the same seed gives the same persons
  --clinical    with an encounter and observations for each person`;

/** Transactions under way at once: the next is prepared while one is written. */
const concurrency = 3;

/** Runs `passerelle seed`. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      patients: { type: 'string' },
      seed: { type: 'string', default: '1' },
      clinical: { type: 'boolean', default: false },
    },
  });
  const patients = Number(values.patients);
  const seed = Number(values.seed);
  if (!Number.isInteger(patients) || patients < 1 || !Number.isInteger(seed)) {
    console.error(help);
    return 2;
  }
  return withCore(async (core) => {
    const bundles = population({ patients, seed, clinical: values.clinical });
    const started = performance.now();
    const total = Math.ceil(patients / 50);
    const bar = progressBar();
    let done = 0;
    let resources = 0;
    const worker = async () => {
      // Workers share one generator: each takes the next bundle when it is free, so memory stays constant.
      for (let next = bundles.next(); !next.done; next = bundles.next()) {
        const written = await loadBundle(core, next.value);
        resources += written;
        bar.show(++done, total, `${resources} resources`);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    bar.end();
    const seconds = (performance.now() - started) / 1000;
    console.log(`${patients} patients, ${resources} resources in ${seconds.toFixed(1)} s`);
    return 0;
  });
}

export const seedCommand: Command = { help, run };
