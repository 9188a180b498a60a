import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fhirHttp } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const bodyLimit = 1024;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ MAX_BODY_BYTES: String(bodyLimit) });
});
afterAll(() => server.stop());

/** Sends a body that is refused at once, and reads nothing before much of it is sent. */
async function answerAfterSending(headers: string, piece: string, pieces: number): Promise<string> {
  const { hostname, port } = new URL(server.origin);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write(
    `POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n${headers}\r\n\r\n`,
  );
  for (let sent = 0; sent < pieces; sent++) {
    socket.write(piece);
    await setTimeout(5);
  }
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve());
    socket.on('error', reject);
    socket.resume();
  });
  return Buffer.concat(chunks).toString('utf8');
}

describe('the refusal of a body reaches a caller that reads it late', () => {
  test('of a body whose Content-Length is over the limit, sent whole', async () => {
    const headers = `Content-Length: ${64 * 1024 * 40}`;
    const answer = await answerAfterSending(headers, ' '.repeat(64 * 1024), 40);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ issue: [{ code: 'too-long' }] });
  });

  test('of a body that goes on: the connection is closed after a while', async () => {
    const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const answer = await answerAfterSending('Transfer-Encoding: chunked', piece, 40);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/^Connection: close$/im);
  });
});

test('connections are kept longer than proxies keep theirs', async () => {
  const answer = await fhirHttp(server.fhir).get('metadata');
  const [, seconds] = /timeout=(\d+)/.exec(String(answer.headers['keep-alive'])) ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
});
