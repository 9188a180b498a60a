import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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

test('while the server starts any request is answered 503, to be tried again', async () => {
  const response = await fetch(`${await serve(answerNotReady)}/fhir/Patient`, { method: 'POST', body: '{}' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ code: 'transient' }],
  });
});
