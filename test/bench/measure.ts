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

/** A server that takes its turn. */
export interface MeasuredServer {
  origin: string;
  /** Waits for what the server puts off, after each of its turns; that time counts. */
  complete?: (origin: string) => Promise<void>;
}

const connections = 32;
const warmUpSeconds = 3;
/** A machine may change its speed from second to second: servers take turns of such a length, in seconds. */
const turn = 1;

/**
 * Sends the requests over and over on 32 keep-alive connections, each with a share of its own: to one server after
 * the other, in short turns, so that what else the machine does meets both.
 * @returns figures of each server, in their order
 * @throws Error when any answer is not of status 2xx
 */
export async function measureInTurn(
  [first, second]: readonly [MeasuredServer, MeasuredServer],
  requests: readonly BenchRequest[],
  seconds: number,
): Promise<[Throughput, Throughput]> {
  const results: [Throughput[], Throughput[]] = [[], []];
  for (const { origin, complete } of [first, second]) {
    await run(origin, requests, warmUpSeconds);
    await complete?.(origin);
  }
  const rounds = Math.max(2, Math.round(seconds / turn));
  for (let round = 0; round < rounds; round++) {
    results[0].push(await measure(first, requests, seconds / rounds));
    results[1].push(await measure(second, requests, seconds / rounds));
  }
  return [together(results[0]), together(results[1])];
}

async function measure(
  { origin, complete }: MeasuredServer,
  requests: readonly BenchRequest[],
  seconds: number,
): Promise<Throughput> {
  const started = performance.now();
  const figures = await run(origin, requests, seconds);
  const ended = performance.now();
  await complete?.(origin);
  const share = (ended - started) / (performance.now() - started);
  return { ...figures, rate: figures.rate * share };
}

/** What is sent to one server, and how. */
export interface Load {
  origin: string;
  requests: readonly BenchRequest[];
  seconds: number;
  connections: number;
  /** Told the time of each answer. */
  onAnswer?: (milliseconds: number) => void;
}

/**
 * Sends the requests over and over on keep-alive connections, each with a share of its own.
 * @throws Error when any answer is not of status 2xx, and when a connection would have nothing to send
 */
export async function sendLoad(load: Load): Promise<autocannon.Result> {
  const { origin, requests, seconds, connections, onAnswer } = load;
  if (requests.length < connections) {
    throw new Error(
      `${requests.length} requests are too few for ${connections} connections: take more patients`,
    );
  }
  let client = 0;
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    setupClient(connection) {
      const number = client++ % connections;
      const share = requests.filter((_request, at) => at % connections === number);
      connection.setRequests(share.map((request) => ({ ...request })));
      if (onAnswer) connection.on('response', (_status, _bytes, milliseconds) => onAnswer(milliseconds));
    },
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${failed} requests failed while they were measured`);
  return result;
}

async function run(origin: string, requests: readonly BenchRequest[], seconds: number): Promise<Throughput> {
  const result = await sendLoad({ origin, requests, seconds, connections });
  const { p50, p99 } = result.latency;
  return { rate: result.requests.total / result.duration, median: p50, p99 };
}

/** The means of some measures. */
export function together(results: readonly Throughput[]): Throughput {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rate: mean(results.map(({ rate }) => rate)),
    median: mean(results.map(({ median }) => median)),
    p99: mean(results.map(({ p99 }) => p99)),
  };
}
