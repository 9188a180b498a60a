import autocannon from 'autocannon';
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

/**
 * Sends the requests over and over on 8 keep-alive connections, each with a share of its own.
 * @throws Error when any answer is not of status 2xx
 */
export async function measureLatencies(
  origin: string,
  requests: readonly BenchRequest[],
  seconds: number,
): Promise<Latencies> {
  let client = 0;
  const times: number[] = [];
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    setupClient(connection) {
      const number = client++ % connections;
      const share = requests.filter((_request, at) => at % connections === number);
      connection.setRequests(share.map((request) => ({ ...request })));
      connection.on('response', (_status, _bytes, milliseconds) => times.push(milliseconds));
    },
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${failed} requests failed while they were measured`);
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
