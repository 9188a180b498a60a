import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FhirError, fhirError, operationOutcome } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Interaction, Interactions } from '../interactions/interactions.ts';
import type {
  ConditionalHeaders,
  FhirRequest,
  FhirResponse,
  QueryParameter,
} from '../interactions/request.ts';
import { readBody } from './body.ts';
import { checkAcceptable, checkContentType, fhirJson } from './negotiation.ts';

/** What is known of a request when its answer is sent; nothing of it identifies a person. */
export interface RequestRecord {
  requestId: string;
  method: string;
  /** Interaction code or `unknown`; an operation with its name. */
  interaction: string;
  type: string;
  status: number;
  seconds: number;
}

export interface FhirRouteOptions {
  interactions: Interactions;
  baseUrl: string;
  tenant: string;
  maxBodyBytes: number;
  onAnswered(record: RequestRecord): void;
  /** Called with what no layer expected; the caller of the API gets a 500 without details. */
  onFailure(error: unknown, requestId: string): void;
}

/** The FHIR API as a request handler, mounted at the base: `request.url` starts below it. */
export function fhirRoute(options: FhirRouteOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void serve(options, request, response);
  };
}

async function serve(
  options: FhirRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const requestId = requestIdOf(request);
  let interaction: Interaction | undefined;
  try {
    const fhirRequest = await readRequest(options, request);
    interaction = options.interactions(fhirRequest);
    send(request, response, requestId, await interaction.run());
  } catch (error) {
    if (!(error instanceof FhirError)) options.onFailure(error, requestId);
    if (!response.headersSent) sendError(request, response, requestId, error);
    else response.destroy();
  }
  const operation = interaction?.operation === undefined ? '' : `-${interaction.operation}`;
  options.onAnswered({
    requestId,
    method: request.method ?? '',
    interaction: interaction === undefined ? 'unknown' : interaction.code + operation,
    type: interaction?.type ?? '',
    status: response.statusCode,
    seconds: (performance.now() - started) / 1000,
  });
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

async function readRequest(options: FhirRouteOptions, request: IncomingMessage): Promise<FhirRequest> {
  const { path, query } = readUrl(request.url ?? '/');
  const method = methods.find((known) => known === request.method);
  if (method === undefined) {
    throw fhirError(405, 'not-supported', 'This method is not offered', undefined, {
      Allow: methods.join(', '),
    });
  }
  checkAcceptable(request.headers.accept, query.find(([name]) => name === '_format')?.[1]);
  const found: FhirRequest = {
    tenant: options.tenant,
    method,
    path,
    query,
    headers: conditionalHeaders(request),
    baseUrl: options.baseUrl,
  };
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return found;
  return withBody(found, request, options.maxBodyBytes);
}

async function withBody(found: FhirRequest, request: IncomingMessage, limit: number): Promise<FhirRequest> {
  const bytes = await readBody(request, limit);
  const isSearch = found.path[1] === '_search';
  if (bytes.length === 0) return found;
  if (checkContentType(request.headers['content-type'], isSearch) === 'form') {
    return { ...found, query: [...found.query, ...new URLSearchParams(bytes.toString('utf8'))] };
  }
  const body = parseJson(bytes);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw fhirError(400, 'structure', 'The body must be a JSON object');
  }
  if (typeof (body as Resource).resourceType !== 'string') {
    throw fhirError(400, 'required', 'The resource needs a resourceType', 'resourceType');
  }
  return { ...found, body: body as Resource };
}

function readUrl(url: string): { path: string[]; query: QueryParameter[] } {
  const mark = url.indexOf('?');
  const pathname = mark < 0 ? url : url.slice(0, mark);
  try {
    const path = pathname.split('/').filter((segment) => segment !== '');
    return {
      path: pathname.includes('%') ? path.map(decodeURIComponent) : path,
      query: mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))],
    };
  } catch {
    throw fhirError(400, 'value', 'The URL is not well encoded');
  }
}

function conditionalHeaders({ headers }: IncomingMessage): ConditionalHeaders {
  const found: ConditionalHeaders = {};
  const ifNoneExist = headers['if-none-exist'];
  if (headers['if-match'] !== undefined) found.ifMatch = headers['if-match'];
  if (headers['if-none-match'] !== undefined) found.ifNoneMatch = headers['if-none-match'];
  if (headers['if-modified-since'] !== undefined) found.ifModifiedSince = headers['if-modified-since'];
  if (typeof ifNoneExist === 'string') found.ifNoneExist = ifNoneExist;
  if (typeof headers['prefer'] === 'string') found.prefer = headers['prefer'];
  return found;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  answer: FhirResponse,
): void {
  const headers: Record<string, string | number> = {
    'X-Request-Id': requestId,
    'Cache-Control': 'private, no-cache',
    // The headers of helmet that matter to an API, written here because helmet would halve the speed of a read.
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    ...answer.headers,
  };
  if (answer.version !== undefined) headers['ETag'] = `W/"${answer.version}"`;
  if (answer.lastModified !== undefined)
    headers['Last-Modified'] = new Date(answer.lastModified).toUTCString();
  if (answer.location !== undefined) headers['Location'] = answer.location;
  if (answer.body !== undefined) {
    headers['Content-Type'] = fhirJson;
    headers['Content-Length'] = answer.body.length;
  }
  response.writeHead(answer.status, headers);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  error: unknown,
): void {
  const refusal =
    error instanceof FhirError
      ? error
      : fhirError(500, 'exception', `The server failed; its log tells why under request ${requestId}`);
  // A body that was not read to its end would be taken for the next request.
  const close: Record<string, string> = request.complete ? {} : { Connection: 'close' };
  send(request, response, requestId, {
    status: refusal.status,
    headers: { ...refusal.headers, ...close },
    body: Buffer.from(JSON.stringify(operationOutcome(refusal.issues))),
  });
}

/** The caller's request id when it is a plain token, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
