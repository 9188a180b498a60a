import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Issue, operationOutcome } from '../fhir/error.ts';
import { answerClientError } from './client-error.ts';
import { readOn } from './linger.ts';
import { mediaTypes } from './negotiation.ts';
import { apiHeaders } from './security-headers.ts';
import { type CertificateEvents, readTls, renewTls, type TlsFiles } from './tls.ts';

/** What a connection may ask of the server, and how long. */
export interface ConnectionLimits {
  /** The head of a request: its request line and headers. */
  headBytes: number;
  headers: number;
  /** Milliseconds for the head of a request to arrive. */
  headTime: number;
  /** Milliseconds for a whole request to arrive, and for its answer to be taken. */
  requestTime: number;
  /** Milliseconds that a connection without requests is kept. */
  idleTime: number;
  /** 0: no limit. */
  requestsPerConnection: number;
  connections: number;
}

/** TLS that ends in this process. */
export interface Tls extends CertificateEvents {
  files: TlsFiles;
}

/** Milliseconds between two looks at connections whose time may be over, at most. */
const lookEvery = 5_000;

/**
 * The server of HTTP, or of HTTPS where it ends TLS. It gives no client more time or memory than the limits say, and
 * answers what never becomes a request.
 * @throws Error when the certificates cannot be read
 */
export function createHttpServer(listener: RequestListener, limits: ConnectionLimits, tls?: Tls): Server {
  const options = {
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionsCheckingInterval: Math.min(lookEvery, limits.headTime / 2),
  };
  const guarded = withSoundHeaders(inOrder(listener), limits.headers);
  const server =
    tls === undefined ? createServer(options, guarded) : createSecureServer(options, guarded, tls);
  // One more than is allowed: Node.js would forget those beyond without a word.
  server.maxHeadersCount = limits.headers + 1;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  server.maxConnections = limits.connections;
  // Ends the connection of a client that does not take its answer.
  server.timeout = limits.requestTime;
  server.on('clientError', answerClientError);
  return server;
}

function createSecureServer(options: object, listener: RequestListener, tls: Tls): Server {
  const server = createTlsServer(
    {
      ...options,
      ...readTls(tls.files),
      requestCert: tls.files.clientAuthorities !== undefined,
      rejectUnauthorized: false,
    },
    listener,
  );
  server.on('close', renewTls(server, tls.files, tls));
  return server;
}

/**
 * Refuses requests of more headers with 431, those that name two hosts with 400 (RFC 9112, 3.2), and those of another
 * HTTP with 505: they need no host.
 */
function withSoundHeaders(listener: RequestListener, most: number): RequestListener {
  const longest = 2 * most;
  return (request, response) => {
    const { rawHeaders } = request;
    if (rawHeaders.length > longest) {
      const diagnostics = `The request has more than ${most} headers`;
      return refuse(request, response, 431, { severity: 'error', code: 'too-long', diagnostics });
    }
    if (request.httpVersionMajor !== 1) {
      const diagnostics = 'The request must be of HTTP/1.1';
      return refuse(request, response, 505, { severity: 'error', code: 'not-supported', diagnostics });
    }
    if (hasTwoHosts(rawHeaders)) {
      const diagnostics = 'The request has two Host headers';
      return refuse(request, response, 400, { severity: 'error', code: 'structure', diagnostics });
    }
    if (request.url?.startsWith('http')) takeOriginForm(request, request.url);
    listener(request, response);
  };
}

/** A target in absolute form, as for a proxy: its host counts, not that of the headers (RFC 9112, 3.2.2). */
function takeOriginForm(request: IncomingMessage, target: string): void {
  const [, host, path = ''] = /^https?:\/\/([^/?]*)(.*)$/is.exec(target) ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.url = path.startsWith('/') ? path : `/${path}`;
}

/**
 * Requests that a client sends without waiting for answers are worked on together only where none of them changes
 * anything (RFC 9112, 9.3.2): a read that follows a write sees it.
 */
function inOrder(listener: RequestListener): RequestListener {
  const lines = new WeakMap<object, { last?: ServerResponse; lastOfChange?: ServerResponse }>();
  return (request, response) => {
    const { method, socket } = request;
    const isSafe = method === 'GET' || method === 'HEAD';
    const line = lines.get(socket) ?? {};
    if (line.last === undefined) lines.set(socket, line);
    const before = isSafe ? line.lastOfChange : line.last;
    line.last = response;
    if (!isSafe) line.lastOfChange = response;
    if (before === undefined || before.writableFinished) return listener(request, response);
    before.once('close', () => listener(request, response));
  };
}

/** @param headers names and values by turns; Node.js itself takes the first Host */
function hasTwoHosts(headers: readonly string[]): boolean {
  let hosts = 0;
  for (let place = 0; place < headers.length; place += 2) {
    const name = headers[place]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/** Answers, reads on what is left of the request and closes the connection. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, issue: Issue): void {
  response.writeHead(status, {
    ...apiHeaders(false),
    'Content-Type': mediaTypes.json,
    Connection: 'close',
  });
  response.write(JSON.stringify(operationOutcome([issue])));
  readOn(request, () => response.end());
}
