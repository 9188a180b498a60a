import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fhirError } from '../../src/fhir/error.ts';
import { BodyRoom } from '../../src/http/body-room.ts';
import { fhirRoute, type RequestRecord } from '../../src/http/fhir-route.ts';
import type { Access } from '../../src/interactions/access.ts';
import type { FhirRequest, FhirResponse } from '../../src/interactions/request.ts';

/** No interaction of these tests looks at the store. */
const access = { tenant: 'default', caller: '' } as Access;

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const asXml = { Accept: 'application/fhir+xml' };

let server: Server;
let base: string;
let seen: FhirRequest | undefined;
let answer: () => Promise<FhirResponse>;
let failures: unknown[];
let records: RequestRecord[];

beforeAll(async () => {
  const route = fhirRoute({
    interactions: (request) => {
      seen = request;
      return { code: 'read', type: 'Patient', run: () => answer() };
    },
    baseUrl: 'http://here.test/fhir',
    accessOf: () => access,
    publicAccess: access,
    limits: { bodyBytes: 1024, urlBytes: 1024, nestingLevels: 64 },
    cors: { origins: [], loopback: false },
    onAnswered: (record) => records.push(record),
    onFailure: (error) => failures.push(error),
  });
  server = createServer(route);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  failures = [];
  records = [];
});

describe('fhirRoute', () => {
  test('sends a body that names its own Content-Type as it is', async () => {
    const body = json({ data: { Patient: { id: 'p' } } });
    answer = async () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body });
    const response = await fetch(base, { headers: asXml });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(body.toString());
  });

  test('takes HEAD for GET', async () => {
    answer = async () => ({ status: 200, body: json({ resourceType: 'Patient' }) });
    const response = await fetch(`${base}/Patient/p`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(seen).toMatchObject({ method: 'GET', path: ['Patient', 'p'] });
  });

  test('answers what nobody expected with a 500 without details, in the format of the caller', async () => {
    answer = async () => {
      throw new Error('a secret');
    };
    const response = await fetch(base, { headers: asXml });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8');
    expect(text).toContain(response.headers.get('x-request-id'));
    expect(text).not.toContain('secret');
    expect(failures).toEqual([new Error('a secret')]);
  });

  test('tells the log the cause of a refusal, and the caller nothing of it', async () => {
    const cause = new Error('a secret');
    answer = async () => {
      throw Object.assign(fhirError(503, 'no-store', 'Repeat the request later'), { cause });
    };
    const response = await fetch(base);
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining('secret')]);
    expect(failures).toEqual([cause]);
  });

  test('answers 500 when a body has no XML form, and goes on', async () => {
    answer = async () => ({ status: 200, body: json({ resourceType: 'Patient', nickname: 'x' }) });
    expect((await fetch(base, { headers: asXml })).status).toBe(500);
    expect(failures).toHaveLength(1);
    expect((await fetch(base)).status).toBe(200);
  });

  test('hands over a JSON Patch unread, and the header that cascades a deletion', async () => {
    answer = async () => ({ status: 204 });
    const patch = [{ op: 'remove', path: '/active' }];
    const headers = { 'Content-Type': 'application/json-patch+json', 'X-Cascade': 'delete' };
    await fetch(`${base}/Patient/p`, { method: 'PATCH', headers, body: JSON.stringify(patch) });
    expect(seen).toMatchObject({ method: 'PATCH', jsonPatch: patch, headers: { cascade: 'delete' } });
  });

  test('takes a JSON Patch from PATCH alone', async () => {
    const headers = { 'Content-Type': 'application/json-patch+json' };
    const response = await fetch(`${base}/Patient/p`, { method: 'PUT', headers, body: '[]' });
    expect(response.status).toBe(415);
  });

  test('tells of every request, answered or refused', async () => {
    answer = async () => ({ status: 200, body: json({ resourceType: 'Patient' }) });
    await fetch(`${base}/Patient/p`);
    await fetch(`${base}/Patient?_format=nothing`);
    await fetch(base, { method: 'OPTIONS' });
    // Records come behind the answers.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(records.map(({ method, interaction, status }) => [method, interaction, status])).toEqual([
      ['GET', 'read', 200],
      ['GET', 'unknown', 406],
      ['OPTIONS', 'unknown', 204],
    ]);
  });
});

test('large bodies that have no room together wait, in their order; one that is too long for all of it enters alone', async () => {
  const room = new BodyRoom(10);
  const inside: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string, bytes: number) =>
    room.enter(bytes).then((leaves) => {
      inside.push(name);
      leave.set(name, leaves);
    });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  for (const [name, bytes] of [
    ['a', 4],
    ['b', 6],
    ['huge', 50],
    ['c', 1],
    ['d', 1],
  ] as const)
    void enter(name, bytes);
  await settled();
  expect(inside).toEqual(['a', 'b']);
  leave.get('a')?.();
  await settled();
  expect(inside).toEqual(['a', 'b']);
  leave.get('b')?.();
  await settled();
  expect(inside).toEqual(['a', 'b', 'huge']);
  leave.get('huge')?.();
  await settled();
  expect(inside).toEqual(['a', 'b', 'huge', 'c', 'd']);
});
