import autocannon from 'autocannon';
import type { BenchRequest } from './scenarios.ts';

/** What a load of requests showed. */
export interface Throughput {
  /** Requests per second. */
  rate: number;
  /** Milliseconds. */
  median: number;
  p99: number;
}

const connections = 32;
const warmUpSeconds = 1;

/**
 * Sends the requests over and over on 32 keep-alive connections, each with a share of its own, after a warm-up.
 * @throws Error when any answer is not of status 2xx
 */
export async function measureThroughput(
  origin: string,
  requests: readonly BenchRequest[],
  seconds: number,
): Promise<Throughput> {
  await run(origin, requests, warmUpSeconds);
  return run(origin, requests, seconds);
}

async function run(origin: string, requests: readonly BenchRequest[], seconds: number): Promise<Throughput> {
  let client = 0;
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    setupClient(connection) {
      const number = client++ % connections;
      const share = requests.filter((_request, at) => at % connections === number);
      connection.setRequests(share.map((request) => ({ ...request })));
    },
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${failed} requests failed while they were measured`);
  const { p50, p99 } = result.latency;
  return { rate: result.requests.total / result.duration, median: p50, p99 };
}
