import type { IncomingMessage, ServerResponse } from 'node:http';
import { FhirError, fhirError, type Issue } from '../fhir/error.ts';
import { type Source, withPositions } from '../fhir/locations/positions.ts';
import { outcomeFor } from '../fhir/messages/language.ts';
import { jsonBody } from '../interactions/presentation.ts';
import type { FhirRequest, FhirResponse } from '../interactions/request.ts';
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
  const coding = contentCoding(accepted, body.length);
  if (coding === undefined) return write(exchange, answer, body, content);
  content['Content-Encoding'] = coding;
  // How long the compressed body is would be known by compressing it alone (RFC 9110, 9.3.2).
  if (request.method === 'HEAD') return write(exchange, answer, undefined, content);
  return compressed(body, coding).then((smaller) => write(exchange, answer, smaller, content));
}

function write(
  { request, response, requestId, cors, security }: Exchange,
  { status, version, lastModified, location, headers: own }: FhirResponse,
  body: Buffer | undefined,
  content: Readonly<Record<string, string>>,
): void {
  let vary = cors.enabled ? 'Accept, Accept-Encoding, Origin' : 'Accept, Accept-Encoding';
  if (own?.['Content-Language'] !== undefined) vary += ', Accept-Language';
  const headers: Record<string, string | number> = {
    'X-Request-Id': requestId,
    'Cache-Control': 'private, no-cache',
    ...security,
    Vary: vary,
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
    if (request.complete) return end(response, content);
    if (content !== undefined) response.write(content);
    readOn(request, () => response.end());
  });
}

/** Bytes that the operating system takes at once, however slowly the client reads. */
const takenAtOnce = 65_536;

/** Node.js cuts off at a stop what has ended, also where the client has not taken all of it. */
function end(response: ServerResponse, content: Buffer | undefined): void {
  if (content === undefined || content.length <= takenAtOnce) response.end(content);
  else response.write(content, () => response.end());
}

/**
 * Sends the refusal that an error stands for; what no layer expected becomes a 500 without details.
 * @param asked the request, where it could be read
 */
export function sendError(exchange: Exchange, error: unknown, asked?: FhirRequest): void | Promise<void> {
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
  const issues =
    asked?.source === undefined ? refusal.issues : positioned(refusal.issues, asked, asked.source);
  const { outcome, headers } = outcomeFor(exchange.request.headers['accept-language'], issues);
  return send(exchange, {
    status: refusal.status,
    headers: { ...refusal.headers, ...headers, ...close },
    body: jsonBody(outcome),
  });
}

/** What is said of the resource in the body has a place in it; what is said of a resource within it is not told apart. */
function positioned(issues: readonly Issue[], { body }: FhirRequest, source: Source): readonly Issue[] {
  const root = body?.resourceType ?? '';
  return withPositions(issues, source, (expression) =>
    expression === root || expression.startsWith(`${root}.`) ? expression : undefined,
  );
}
