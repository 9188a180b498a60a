import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Bundle, OperationOutcome } from 'fhir/r4.d.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { serverUnderTest } from '../support/fhir-http.ts';
import { sendRaw } from '../support/raw-http.ts';

const http = serverUnderTest({
  HEADERS_TIMEOUT_SECONDS: '1',
  REQUEST_TIMEOUT_SECONDS: '2',
  KEEP_ALIVE_SECONDS: '1',
  MAX_HEADERS: '20',
  MAX_HEADER_BYTES: '16384',
  MAX_REQUESTS_PER_CONNECTION: '3',
  MAX_CONNECTIONS: '5',
});

afterEach(async () => {
  const found = await http.get('Patient?_summary=count', { Connection: 'close' });
  expect([found.status, found.json<Bundle>().total]).toEqual([200, 0]);
});

const patient = '{"resourceType":"Patient"}';
const head = (lines: string[]) =>
  ['POST /fhir/Patient HTTP/1.1', 'Host: x', 'Content-Type: application/fhir+json', ...lines].join('\r\n');

interface Refusal {
  status: number;
  code: string | undefined;
}

/** What the only answer on a connection says, which the server closes after it. */
function refusalOf(answer: string): Refusal {
  expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  const [lines = '', body = ''] = answer.split('\r\n\r\n');
  expect(lines.toLowerCase()).toContain('connection: close');
  const text = /\{.*\}/s.exec(body)?.[0] ?? '{}';
  return {
    status: Number(lines.split(' ')[1]),
    code: (JSON.parse(text) as OperationOutcome).issue?.[0]?.code,
  };
}

const refused = async (request: string) => refusalOf(await sendRaw(http.origin, request));

/** Sends a request in pieces, one each tenth of a second for as long as the server listens. */
function drip(start: string, piece: (n: number) => string): Promise<string> {
  const { hostname, port } = new URL(http.origin);
  return new Promise((resolve) => {
    let answer = '';
    let sent = 0;
    const socket = connect(Number(port), hostname, () => socket.write(start));
    const dripping = setInterval(() => socket.writable && socket.write(piece(sent++)), 100);
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(answer);
    });
  });
}

describe('a client that takes its time', () => {
  test('over the headers: 408', async () => {
    const answer = await drip(`${head([])}\r\n`, (n) => `X-${n}: 1\r\n`);
    expect(refusalOf(answer)).toEqual({ status: 408, code: 'timeout' });
  });

  test('over the request line: 408', async () => {
    expect(refusalOf(await drip('GET /fhir/', () => 'P'))).toEqual({ status: 408, code: 'timeout' });
  });

  test('over the body: 408, and nothing is written', async () => {
    const answer = await drip(`${head(['Content-Length: 1000'])}\r\n\r\n`, (n) => patient[n] ?? ' ');
    expect(refusalOf(answer)).toEqual({ status: 408, code: 'timeout' });
  });

  test('over the chunks of a body: 408', async () => {
    const answer = await drip(`${head(['Transfer-Encoding: chunked'])}\r\n\r\n`, () => '1\r\n \r\n');
    expect(refusalOf(answer)).toEqual({ status: 408, code: 'timeout' });
  });

  test('without a request: the connection is closed', async () => {
    const { hostname, port } = new URL(http.origin);
    const socket = connect(Number(port), hostname);
    socket.resume();
    await once(socket, 'close');
  });
});

describe('a head that is too much', () => {
  test('one header of many bytes: 431', async () => {
    const request = `${head([`X-A: ${'a'.repeat(20_000)}`])}\r\n\r\n`;
    expect(await refused(request)).toEqual({ status: 431, code: 'too-long' });
  });

  test('a URL of many bytes that never ends: 431', async () => {
    expect(await refused(`GET /fhir/Patient?${'a'.repeat(40_000)}`)).toEqual({
      status: 431,
      code: 'too-long',
    });
  });

  test('many small headers: 431, and none of them is dropped without a word', async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, n) => `X-${n}: 1`);
    const content = [`Content-Length: ${patient.length}`];
    // Three more come from the head itself.
    expect(await refused(`${head([...content, ...lines(18)])}\r\n\r\n${patient}`)).toEqual({
      status: 431,
      code: 'too-long',
    });
    const fitting = `GET /fhir/Patient HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines(18).join('\r\n')}\r\n\r\n`;
    expect(await sendRaw(http.origin, fitting)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('bytes that two readers understand differently', () => {
  test.each([
    ['lines that end in LF', 'POST /fhir/Patient HTTP/1.1\nHost: x\nContent-Length: 26\n\n'],
    ['one line that ends in LF', `${head(['X-A: 1\nContent-Length: 26'])}\r\n\r\n`],
    ['a CR alone in a header', `${head(['X-A: 1\rContent-Length: 26'])}\r\n\r\n`],
    ['a NUL in a header', `${head(['X-A: a\0b', 'Content-Length: 26'])}\r\n\r\n`],
    ['two hosts', `${head(['Host: y', 'Content-Length: 26'])}\r\n\r\n`],
    ['two codings', `${head(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'])}\r\n\r\n`],
    ['a coding nobody knows', `${head(['Transfer-Encoding: xchunked'])}\r\n\r\n`],
    ['a version of its own', 'POST /fhir/Patient HTTP/1.9\r\nHost: x\r\nContent-Length: 26\r\n\r\n'],
    ['a method of its own', 'PÖST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\n'],
  ])('%s: 400', async (_, request) => {
    expect(await refused(request + patient)).toMatchObject({ status: 400, code: 'structure' });
  });

  test.each([
    ['HTTP/0.9, which has no headers', 'GET /fhir/Patient\r\n\r\n'],
    ['HTTP/2', 'GET /fhir/Patient HTTP/2.0\r\nHost: x\r\n\r\n'],
  ])('%s: 505', async (_, request) => {
    expect(await refused(request)).toMatchObject({ status: 505, code: 'not-supported' });
  });

  test('no Host: 400', async () => {
    const request = 'POST /fhir/Patient HTTP/1.1\r\nContent-Length: 26\r\n\r\n';
    expect((await refused(request + patient)).status).toBe(400);
  });

  test.each([
    ['a size that is no number', 'xyz\r\n'],
    ['a size beyond all numbers', 'fffffffffffffffff\r\n'],
    ['a size that ends in LF', '1a\n'],
    ['more than its size', '5\r\n'],
  ])('a chunk of %s: 400, and nothing is written', async (_, size) => {
    const request = `${head(['Transfer-Encoding: chunked'])}\r\n\r\n${size}${patient}\r\n0\r\n\r\n`;
    expect((await refused(request)).status).toBe(400);
  });

  test('a request behind one that is cut off is never run', async () => {
    const smuggled = `POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 26\r\n\r\n${patient}`;
    const first = `${head(['Content-Length: 0', 'Transfer-Encoding: chunked'])}\r\n\r\n0\r\n\r\n`;
    expect(await refused(first + smuggled)).toMatchObject({ status: 400 });
  });
});

test('a client that does not take its answer loses its connection', async () => {
  const second = 1000;
  const server = createHttpServer((_request, response) => void response.end(Buffer.alloc(50_000_000)), {
    headBytes: 16_384,
    headers: 20,
    headTime: second,
    requestTime: second,
    idleTime: second,
    requestsPerConnection: 0,
    connections: 10,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
    client.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  const [socket] = await accepted;
  await once(socket, 'close');
  client.destroy();
  server.close();
  await once(server, 'close');
});

describe('connections', () => {
  test('are closed after their last request', async () => {
    const one = 'GET /fhir/Patient HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await sendRaw(http.origin, one.repeat(3));
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(answer.match(/connection: close/gi)).toHaveLength(1);
  });

  test('beyond the limit are closed at once, and taken again later', async () => {
    const { hostname, port } = new URL(http.origin);
    const open: Socket[] = [];
    for (let n = 0; n < 5; n += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      open.push(socket);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await sendRaw(http.origin, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    await Promise.all(open.map((socket) => once(socket.destroy(), 'close')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await sendRaw(http.origin, request)).toMatch(/^HTTP\/1\.1 200/);
  });
});
