import type { IncomingMessage, ServerResponse } from 'node:http';
import { FhirError, fhirError, operationOutcome } from '../fhir/error.ts';
import { jsonBody } from '../interactions/presentation.ts';
import type { FhirResponse } from '../interactions/request.ts';
import { compressed, contentCoding } from './compression.ts';
import type { Cors } from './cors.ts';
import { readOn } from './linger.ts';
import { mediaTypes } from './negotiation.ts';
import { type Representation, represented } from './representation.ts';

/** A request and how it is to be answered. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  representation: Representation;
  cors: Cors;
  /** Headers of every answer. */
  security: Readonly<Record<string, string>>;
}

/**
 * Sends an answer in its representation; a body that names its own Content-Type is sent as it is.
 * @returns a promise where the body is compressed first
 */
export function send(exchange: Exchange, answer: FhirResponse): void | Promise<void> {
  if (answer.body === undefined) return write(exchange, answer, undefined, {});
  const isResource = answer.headers?.['Content-Type'] === undefined;
  const body = isResource ? represented(answer.body, exchange.representation) : answer.body;
  if (body instanceof Promise) return body.then((whole) => sendBody(exchange, answer, whole));
  return sendBody(exchange, answer, body);
}

function sendBody(exchange: Exchange, answer: FhirResponse, body: Buffer): void | Promise<void> {
  const { request, representation } = exchange;
  const content: Record<string, string> = { 'Content-Type': mediaTypes[representation.format] };
  const accepted = request.headers['accept-encoding'];
  const coding = request.method === 'HEAD' ? undefined : contentCoding(accepted, body.length);
  if (coding === undefined) return write(exchange, answer, body, content);
  content['Content-Encoding'] = coding;
  return compressed(body, coding).then((smaller) => write(exchange, answer, smaller, content));
}

function write(
  { request, response, requestId, cors, security }: Exchange,
  { status, version, lastModified, location, headers: own }: FhirResponse,
  body: Buffer | undefined,
  content: Readonly<Record<string, string>>,
): void {
  const headers: Record<string, string | number> = {
    'X-Request-Id': requestId,
    'Cache-Control': 'private, no-cache',
    ...security,
    Vary: cors.enabled ? 'Accept, Accept-Encoding, Origin' : 'Accept, Accept-Encoding',
    ...content,
    ...own,
  };
  if (cors.enabled) Object.assign(headers, cors.headers(request.headers));
  if (version !== undefined) headers['ETag'] = `W/"${version}"`;
  if (lastModified !== undefined) headers['Last-Modified'] = new Date(lastModified).toUTCString();
  if (location !== undefined) headers['Location'] = location;
  if (body !== undefined) headers['Content-Length'] = body.length;
  response.writeHead(status, headers);
  // The answers of one turn of the event loop leave together: between two requests each would wake its reader alone,
  // which takes longer than to read a resource.
  setImmediate(() => {
    const content = request.method === 'HEAD' ? undefined : body;
    if (request.complete) return response.end(content);
    if (content !== undefined) response.write(content);
    readOn(request, () => response.end());
  });
}

/** Sends the refusal that an error stands for; what no layer expected becomes a 500 without details. */
export function sendError(exchange: Exchange, error: unknown): void | Promise<void> {
  const refusal =
    error instanceof FhirError
      ? error
      : fhirError(
          500,
          'exception',
          `The server failed; its log tells why under request ${exchange.requestId}`,
        );
  // A body that was not read to its end would be taken for the next request.
  const close: Record<string, string> = exchange.request.complete ? {} : { Connection: 'close' };
  return send(exchange, {
    status: refusal.status,
    headers: { ...refusal.headers, ...close },
    body: jsonBody(operationOutcome(refusal.issues)),
  });
}
