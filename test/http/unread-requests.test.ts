import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { answerClientError } from '../../src/http/client-error.ts';
import { answerNotReady } from '../../src/http/not-ready.ts';
import { sendRaw } from '../support/raw-http.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(
    { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 },
    listener,
  );
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a request that does not arrive in time is answered 408 with an OperationOutcome', async () => {
  const origin = await serve((_request, response) => response.end());
  const answer = await sendRaw(origin, 'GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'timeout' }],
  });
});

test('what cannot be read is not answered within the answer before it', async () => {
  const origin = await serve((_request, response) => void response.write('{"half":'));
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.on('error', () => undefined);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
    if (answer.includes('half')) socket.write('nonsense\r\n\r\n');
  });
  await once(socket, 'close');
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
});

test('while the server starts any request is answered 503, to be tried again', async () => {
  const response = await fetch(`${await serve(answerNotReady)}/fhir/Patient`, { method: 'POST', body: '{}' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ code: 'transient' }],
  });
});
