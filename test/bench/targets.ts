import type { InteractionFigures } from './interactions.ts';
import type { MeasureName } from './options.ts';
import type { BenchFigures } from './report.ts';

/** Least share of the raw server's rate, at every size. */
const leastRatios: Partial<Record<MeasureName, number>> = {
  read: 0.3,
  identifier: 0.2,
  create: 0.08,
  update: 0.08,
};

/** The largest size may be slower than the smallest by this factor at most, for a search by identifier. */
const identifierGrowth = 1.5;
const leastImportRatio = 0.5;
const mostColdStart = 1500;
const mostIdleMemory = 200 * 2 ** 20;

/** A line for each figure that misses its target; the targets are meant for two processor cores. */
export function missedTargets({ interactions, import: imported, start }: BenchFigures): string[] {
  const missed = interactions.flatMap(belowRatio);
  missed.push(...growth(interactions.filter(({ name }) => name === 'identifier')));
  if (imported !== undefined) {
    const ratio = imported.rate / imported.bareRate;
    if (ratio < leastImportRatio)
      missed.push(`import: ${ratio.toFixed(3)} of the bare store, target ${leastImportRatio}`);
  }
  if (start !== undefined && start.coldStart >= mostColdStart) {
    missed.push(`cold start: ${Math.round(start.coldStart)} ms, target below ${mostColdStart}`);
  }
  if (start !== undefined && start.idleMemory >= mostIdleMemory) {
    missed.push(`idle memory: ${Math.round(start.idleMemory / 2 ** 20)} MiB, target below 200`);
  }
  return missed;
}

function belowRatio({ patients, name, title, server, raw }: InteractionFigures): string[] {
  const least = leastRatios[name] ?? 0;
  const ratio = server.rate / raw.rate;
  if (ratio >= least) return [];
  return [`${title} with ${patients} patients: ${ratio.toFixed(3)} of raw, target ${least}`];
}

function growth(searches: InteractionFigures[]): string[] {
  const smallest = searches[0];
  const largest = searches.at(-1);
  if (smallest === undefined || largest === undefined) return [];
  const factor = smallest.server.rate / largest.server.rate;
  if (factor <= identifierGrowth) return [];
  return [
    `search by identifier: ${factor.toFixed(2)} times slower with ${largest.patients} patients than with ` +
      `${smallest.patients}, target at most ${identifierGrowth}`,
  ];
}
