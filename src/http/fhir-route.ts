import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { FhirError } from '../fhir/error.ts';
import type { Access } from '../interactions/access.ts';
import { isFileAddress } from '../interactions/asynchronous/interactions.ts';
import type { Interaction, Interactions } from '../interactions/interaction.ts';
import type { FhirRequest, FhirResponse } from '../interactions/request.ts';
import { witnessRefusal } from '../interactions/witnessed.ts';
import { type Exchange, send, sendError } from './answer.ts';
import { asksForContent, contentAnswer } from './binary.ts';
import { BodyRoom } from './body-room.ts';
import { type CorsOptions, createCors, isPreflight, preflightHeaders } from './cors.ts';
import { gathered } from './gathered.ts';
import { checkAcceptsNdjson, patchTypes } from './negotiation.ts';
import { allowedMethods } from './options-method.ts';
import {
  conditionalHeaders,
  methods,
  type RequestLimits,
  readMethod,
  readTarget,
  type Target,
  withBody,
} from './read-request.ts';
import { compactJson, requestedRepresentation } from './representation.ts';
import { apiHeaders } from './security-headers.ts';

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

/** Where a tenant is reached. */
export interface TenantAddress {
  tenant: string;
  /** Absolute URL without trailing slash; its FHIR base is this with /fhir. */
  base: string;
}

export interface FhirRouteOptions {
  interactions: Interactions;
  baseUrl: string;
  /**
   * What the caller of a request reaches; at once where nobody logs in, so that this costs nothing there.
   * @param at the address of a tenant that the request came to
   * @throws FhirError 401 when the caller has to log in, or did so in vain
   */
  accessOf(request: IncomingMessage, requestId: string, at?: TenantAddress): Access | Promise<Access>;
  /** What anybody reaches. */
  publicAccess: Access;
  limits: RequestLimits;
  cors: CorsOptions;
  onAnswered(record: RequestRecord): void;
  /** Called with what no layer expected, and with what was the cause of a refusal; the caller of the API gets no details. */
  onFailure(error: unknown, requestId: string): void;
}

/** In a heap of 128 MB there is room for the work on one bundle of 10 MB, and not on four. */
const bodyRoom = new BodyRoom(getHeapStatistics().heap_size_limit / 32);

/** The FHIR API as a request handler, mounted at the base: `request.url` starts below it. */
export function fhirRoute(given: FhirRouteOptions) {
  const options = { ...given, onAnswered: afterThisTurn(given.onAnswered) };
  const cors = createCors(given.cors);
  const security = apiHeaders(given.baseUrl.startsWith('https:'));
  return (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = requestIdOf(request);
    void serve(options, { request, response, requestId, cors, security, representation: compactJson });
  };
}

/**
 * Hands records over when the event loop has answered all that was waiting: counting and logging cost a fraction when
 * they run many times in a row instead of between two answers.
 */
function afterThisTurn(report: FhirRouteOptions['onAnswered']): FhirRouteOptions['onAnswered'] {
  let waiting: RequestRecord[] = [];
  const reportAll = () => {
    const records = waiting;
    waiting = [];
    for (const record of records) report(record);
  };
  return (record) => {
    if (waiting.push(record) === 1) setImmediate(reportAll);
  };
}

async function serve(options: FhirRouteOptions, exchange: Exchange): Promise<void> {
  const started = performance.now();
  const { request, response, requestId } = exchange;
  let interaction: Interaction | undefined;
  let asked: FhirRequest | undefined;
  let leaveRoom: (() => void) | undefined;
  const enterRoom = async (bytes: number) => {
    leaveRoom = await bodyRoom.enter(bytes);
  };
  try {
    const target = readTarget(request.url ?? '/', options.limits.urlBytes);
    const forContent = asksForContent(request.method, target, request.headers.accept);
    // A refusal is a resource even so.
    if (isFileAddress(target.path)) {
      checkAcceptsNdjson(request.headers.accept);
    } else if (!forContent) {
      exchange.representation = requestedRepresentation(request.headers.accept, target.query);
    }
    if (request.method === 'OPTIONS') {
      await send(exchange, optionsAnswer(options, exchange, target));
    } else {
      asked = await readRequest(options, exchange, target, enterRoom);
      interaction = options.interactions(asked);
      const answer = await interaction.run();
      const sending = send(exchange, forContent ? contentAnswer(answer) : answer);
      if (sending !== undefined) await sending;
    }
  } catch (error) {
    const failure = error instanceof FhirError ? error.cause : error;
    if (failure !== undefined) options.onFailure(failure, requestId);
    if (!response.headersSent) await sendError(exchange, error, asked);
    else response.destroy();
  } finally {
    leaveRoom?.();
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

async function readRequest(
  { accessOf, publicAccess, baseUrl, limits }: FhirRouteOptions,
  exchange: Exchange,
  target: Target,
  onLargeBody: (bytes: number) => Promise<void>,
): Promise<FhirRequest> {
  const { request, requestId } = exchange;
  const method = readMethod(request.method);
  const given = isPublic(target) ? publicAccess : accessOf(request, requestId);
  const access = given instanceof Promise ? await given : given;
  const found: FhirRequest = {
    access,
    url: request.url ?? '/',
    method,
    ...target,
    headers: conditionalHeaders(request),
    baseUrl,
  };
  if (method === 'GET' || method === 'DELETE') {
    await gathered();
    return found;
  }
  const whole = await withBody(found, request, limits, onLargeBody).catch((error: unknown) => {
    witnessRefusal(found, error);
    throw error;
  });
  // The form of a search may name a format as its URL may.
  if (whole.query !== found.query) {
    exchange.representation = requestedRepresentation(request.headers.accept, whole.query);
  }
  return whole;
}

/** The description of the server is for those who do not know yet how to log in. */
function isPublic({ path }: Target): boolean {
  return path.length === 1 && path[0] === 'metadata';
}

/** The answer to OPTIONS: the methods of the address, or what a browser asks before a request of another origin. */
function optionsAnswer(
  { interactions, publicAccess, baseUrl }: FhirRouteOptions,
  { request: { headers }, cors }: Exchange,
  target: Target,
): FhirResponse {
  if (isPreflight(headers)) {
    const isAllowed = cors.headers(headers) !== undefined;
    return { status: 204, headers: isAllowed ? preflightHeaders(headers, methods.join(', ')) : {} };
  }
  const allowed = allowedMethods(interactions, { access: publicAccess, baseUrl, headers: {}, ...target });
  return {
    status: 204,
    headers: { Allow: allowed, ...(allowed.includes('PATCH') ? { 'Accept-Patch': patchTypes } : {}) },
  };
}

/** The caller's request id when it is a plain token, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
