import { sendLoad } from '../measure.ts';
import type { BenchRequest } from '../scenarios.ts';

/** What a load of searches showed; times in milliseconds. */
export interface Latencies {
  /** Requests per second. */
  rate: number;
  p50: number;
  p95: number;
  p99: number;
}

/** As few as an application has: the time of a search counts here, not the queue before it. */
const connections = 8;

/** See `sendLoad`. */
export async function measureLatencies(
  origin: string,
  requests: readonly BenchRequest[],
  seconds: number,
): Promise<Latencies> {
  const times: number[] = [];
  const result = await sendLoad({
    origin,
    requests,
    seconds,
    connections,
    onAnswer: (milliseconds) => times.push(milliseconds),
  });
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { rate: times.length / result.duration, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** One figure of several rounds. */
export function meanOf(rounds: readonly Latencies[]): Latencies {
  const mean = (of: (round: Latencies) => number) =>
    rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length;
  return {
    rate: mean(({ rate }) => rate),
    p50: mean(({ p50 }) => p50),
    p95: mean(({ p95 }) => p95),
    p99: mean(({ p99 }) => p99),
  };
}
