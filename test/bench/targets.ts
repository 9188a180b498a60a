import type { AccessFigures } from './access.ts';
import type { ImportFigures } from './import.ts';
import type { InteractionFigures } from './interactions.ts';
import type { MeasureName } from './options.ts';
import type { BenchFigures } from './report.ts';
import type { SearchTable } from './search/measure.ts';
import type { SearchName } from './search/scenarios.ts';

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

const leastTransactionRatio = 0.6;

/**
 * Least requests per second at every size: twice what the fastest other servers gave on two cores with 24,000
 * resources and as many connections.
 */
const leastSearchRates: Partial<Record<SearchName, number>> = {
  prefix: 5300,
  'family-birthdate': 4200,
  subject: 480,
  code: 680,
  'code-value': 1300,
  'subject-code-date': 480,
  'date-sorted': 140,
  include: 420,
  'chain-identifier': 1140,
  'chain-family': 1140,
  has: 200,
  everything: 110,
};

/** The p95 of a search may grow by this factor at most, from the smallest size to the largest. */
const searchGrowth = 2;
/** Milliseconds. */
const mostEventLoopDelay = 50;

/** Least share of open reads that audited ones of a back end reach, and what a token may add to one, in microseconds. */
const leastAuditedRatio = 0.6;
const mostAddedByToken = 20;

/** Least share of the writes checked for structure alone that validated ones reach. */
const leastValidatedRatio = 0.8;

/** A line for each figure that misses its target; the targets are meant for two processor cores. */
export function missedTargets(figures: BenchFigures): string[] {
  const { interactions, import: imported, transactions, search, start, access, validation = [] } = figures;
  const missed = interactions.flatMap(belowRatio);
  missed.push(...growth(interactions.filter(({ name }) => name === 'identifier')));
  missed.push(...belowBareStore('import', imported, leastImportRatio));
  missed.push(...belowBareStore('transactions', transactions, leastTransactionRatio));
  if (search !== undefined) missed.push(...missedSearchTargets(search));
  for (const { title, rate, target } of validation) {
    if (rate < target) missed.push(`validation of ${title}: ${Math.round(rate)}/s, target ${target}/s`);
  }
  for (const { title, plain, changed } of figures.validatedWrites ?? []) {
    const ratio = changed.rate / plain.rate;
    if (ratio < leastValidatedRatio) {
      missed.push(
        `validated ${title}: ${ratio.toFixed(3)} of structure alone, target ${leastValidatedRatio}`,
      );
    }
  }
  if (access !== undefined) missed.push(...missedAccessTargets(access));
  if (start !== undefined && start.coldStart >= mostColdStart) {
    missed.push(`cold start: ${Math.round(start.coldStart)} ms, target below ${mostColdStart}`);
  }
  if (start !== undefined && start.idleMemory >= mostIdleMemory) {
    missed.push(`idle memory: ${Math.round(start.idleMemory / 2 ** 20)} MiB, target below 200`);
  }
  return missed;
}

function missedAccessTargets({ authorised, audited }: AccessFigures): string[] {
  const missed: string[] = [];
  const ratio = audited.reads.rate / audited.open.rate;
  if (ratio < leastAuditedRatio) {
    missed.push(`audited reads: ${ratio.toFixed(3)} of open ones, target ${leastAuditedRatio}`);
  }
  const added = 1e6 / authorised.reads.rate - 1e6 / authorised.open.rate;
  if (added >= mostAddedByToken) {
    missed.push(`a token adds ${added.toFixed(1)} µs to a read, target below ${mostAddedByToken}`);
  }
  return missed;
}

function belowBareStore(title: string, figures: ImportFigures | undefined, least: number): string[] {
  if (figures?.bareRate === undefined) return [];
  const ratio = figures.rate / figures.bareRate;
  return ratio < least ? [`${title}: ${ratio.toFixed(3)} of the bare store, target ${least}`] : [];
}

function missedSearchTargets({ searches, mixed }: SearchTable): string[] {
  const missed: string[] = [];
  for (const { patients, name, title, latencies } of searches) {
    const least = leastSearchRates[name] ?? 0;
    if (latencies.rate < least) {
      missed.push(`${title} with ${patients} patients: ${Math.round(latencies.rate)}/s, target ${least}`);
    }
    const smallest = searches.find((other) => other.name === name)!;
    const growth = latencies.p95 / smallest.latencies.p95;
    if (growth > searchGrowth) {
      const sizes = `from ${smallest.patients} patients to ${patients}`;
      missed.push(
        `${title}: p95 ${growth.toFixed(2)} times as long ${sizes}, target at most ${searchGrowth}`,
      );
    }
  }
  for (const { patients, eventLoopDelay } of mixed) {
    if (eventLoopDelay < mostEventLoopDelay) continue;
    const delay = `${Math.round(eventLoopDelay)} ms at p99`;
    missed.push(`event-loop delay with ${patients} patients: ${delay}, target below ${mostEventLoopDelay}`);
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
