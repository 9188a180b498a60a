import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FuzzRequest } from './corpus.ts';

export interface RawAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** A connection that is kept alive and sends what no HTTP client would; made anew where the server closes it. */
export class RawConnection {
  readonly #origin: URL;
  #socket: Socket | undefined;

  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  /** @returns `undefined` when the server closes the connection without an answer */
  async send(request: FuzzRequest): Promise<RawAnswer | undefined> {
    const socket = await this.#open();
    const answer = readAnswer(socket, request.method === 'HEAD');
    socket.write(bytesOf(request, this.#origin.host));
    const found = await answer;
    if (found === undefined || /close/i.test(found.headers['connection'] ?? '')) this.close();
    return found;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    if (this.#socket?.writable) return this.#socket;
    const socket = connect(Number(this.#origin.port), this.#origin.hostname);
    // What goes wrong with a connection shows in the answer that does not come.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    this.#socket = socket;
    return socket;
  }
}

function bytesOf({ method, url, headers, body }: FuzzRequest, host: string): Buffer {
  const isChunked = headers['transfer-encoding'] === 'chunked';
  const length = body === undefined || isChunked ? {} : { 'content-length': String(body.length) };
  const lines = Object.entries({ host, ...length, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const path = url.startsWith('?') ? `/fhir${url}` : `/fhir/${url}`;
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (!isChunked) return body === undefined ? head : Buffer.concat([head, body]);
  const chunk = body === undefined || body.length === 0 ? '' : `${body.length.toString(16)}\r\n`;
  return Buffer.concat([
    head,
    Buffer.from(chunk),
    body ?? Buffer.alloc(0),
    Buffer.from(`${chunk && '\r\n'}0\r\n\r\n`),
  ]);
}

function readAnswer(socket: Socket, isHead: boolean): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (answer: RawAnswer | undefined) => {
      socket.off('data', onData).off('close', onClose);
      resolve(answer);
    };
    const onClose = () => finish(undefined);
    const onData = (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const answer = parseAnswer(bytes, isHead);
      if (answer !== undefined) finish(answer);
    };
    socket.on('data', onData).on('close', onClose);
  });
}

/** The answer when it is there whole. */
function parseAnswer(bytes: Buffer, isHead: boolean): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = isHead ? 0 : Number(headers['content-length'] ?? 0);
  if (bytes.length < end + 4 + length) return undefined;
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: bytes.subarray(end + 4, end + 4 + length),
  };
}
