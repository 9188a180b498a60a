import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordedAnswer } from './record.ts';

/**
 * The script of the raw server: the least that node:http can do for the same exchange. It reads a request body to
 * its end and sends the answer that its parent gave it, whatever was asked.
 */
let status = 503;
let headers: Record<string, string> = {};
let body = Buffer.alloc(0);

const server = createServer((request, response) => {
  if (request.method === 'GET') answer(response);
  else readAll(request, () => answer(response));
});

function answer(response: ServerResponse): void {
  response.writeHead(status, headers);
  response.end(body);
}

function readAll(request: IncomingMessage, then: () => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    then();
  });
}

process.on('message', (recorded: RecordedAnswer) => {
  status = recorded.status;
  headers = recorded.headers;
  body = Buffer.from(recorded.body, 'base64');
  process.send?.('ready');
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
