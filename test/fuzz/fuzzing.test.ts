import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { randomAt } from '../../seeds/population/random.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type RawAnswer, RawConnection } from './connection.ts';
import { corpus, type FuzzRequest } from './corpus.ts';
import { mutated } from './mutation.ts';

const seed = 20_240_205;
const total = 20_000;
const connections = 16;

/** The request under way, by its number. */
const requestUnderWay = new AsyncLocalStorage<number>();
const originals = corpus();

let server: TestServer;
/** How many changes each request committed. */
const committed = new Map<number, number>();

const onRequest = (message: unknown) => {
  const { request } = message as { request: IncomingMessage };
  requestUnderWay.enterWith(Number(request.headers['x-request-id']));
};

beforeAll(async () => {
  server = await startTestServer();
  const { stores } = server.running.core;
  server.running.core.spine.stores = {
    ...stores,
    forTenant(tenant) {
      const store = stores.forTenant(tenant);
      const commit = store.commit.bind(store);
      store.commit = async (changes) => {
        const number = requestUnderWay.getStore();
        const result = await commit(changes);
        if (result.ok) committed.set(number ?? -1, (committed.get(number ?? -1) ?? 0) + changes.length);
        return result;
      };
      return store;
    },
  };
  subscribe('http.server.request.start', onRequest);
});
afterAll(async () => {
  unsubscribe('http.server.request.start', onRequest);
  await server.stop();
});

function requestOf(number: number): FuzzRequest {
  const random = randomAt(seed, number);
  const original = originals[number % originals.length]!;
  const request = number < originals.length ? original : mutated(original, random);
  return { ...request, headers: { ...request.headers, 'x-request-id': String(number) } };
}

/** What is wrong with an answer; an empty text when nothing is. */
function problemOf({ method }: FuzzRequest, answer: RawAnswer | undefined, changes: number): string {
  if (answer === undefined) return 'no answer';
  const { status, headers, body } = answer;
  if (status >= 500) return `${status} ${body}`;
  if (status >= 400 && changes > 0) return `refused with ${status}, and yet ${changes} changes were made`;
  if (/^(GET|HEAD|OPTIONS)$/.test(method) && changes > 0) return 'a read that wrote';
  if (status < 400 || method === 'HEAD') return '';
  return isOutcome(headers, body) ? '' : `${status} without an OperationOutcome: ${body}`;
}

function isOutcome(headers: RawAnswer['headers'], body: Buffer): boolean {
  const coding = headers['content-encoding'];
  const text = coding === 'gzip' ? gunzipSync(body) : coding === 'br' ? brotliDecompressSync(body) : body;
  try {
    const outcome = headers['content-type']?.includes('xml') ? readXml(text) : JSON.parse(text.toString());
    // GraphQL has errors of its own, which hold the outcome (graphql.html).
    const { resourceType, issue } = outcome.errors?.[0].extensions.resource ?? outcome;
    return resourceType === 'OperationOutcome' && issue[0].diagnostics !== '';
  } catch {
    return false;
  }
}

async function versionsInStore(): Promise<number> {
  const store = server.running.core.stores.forTenant('default');
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await store.changes({ count: 1000, ...(cursor === undefined ? {} : { cursor }) });
    count += page.versions.length;
    cursor = page.next;
  } while (cursor !== undefined);
  return count;
}

test('20,000 mutated requests: never a failure of the server, never a refusal without an OperationOutcome, never a write by what is refused', async () => {
  const statuses = new Map<number, number>();
  const problems: string[] = [];
  let next = 0;
  const worker = async () => {
    const connection = new RawConnection(server.origin);
    while (next < total && problems.length < 20) {
      const number = next++;
      const request = requestOf(number);
      const answer = await connection.send(request);
      statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
      const problem = problemOf(request, answer, committed.get(number) ?? 0);
      if (problem !== '') problems.push(`${number}: ${shown(request)}\n  ${problem}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  expect(problems).toEqual([]);

  // The mutations reach deep: many requests are still taken, and refused for many reasons.
  expect(
    [200, 201, 204, 304, 400, 404, 405, 406, 410, 412, 415, 422].filter((status) => !statuses.has(status)),
  ).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(total / 10);
  const changes = [...committed.values()].reduce((sum, count) => sum + count, 0);
  expect(changes).toBeGreaterThan(total / 100);
  expect(await versionsInStore()).toBe(changes);
}, 300_000);

function shown({ method, url, headers, body }: FuzzRequest): string {
  return `${method} ${url} ${JSON.stringify(headers)} ${body?.subarray(0, 600).toString('latin1') ?? ''}`;
}
