import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import { FhirError, operationOutcome } from '../fhir/error.ts';
import type { Interactions } from '../interactions/interaction.ts';
import { createCors } from './cors.ts';
import { crossOrigin } from './cross-origin.ts';
import { type FhirRouteOptions, fhirRoute, requestIdOf, type TenantAddress } from './fhir-route.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import { mediaTypes } from './negotiation.ts';
import { pageHeaders } from './security-headers.ts';
import { witnessedRoute } from './witnessed-route.ts';

export interface AppOptions {
  fhir: FhirRouteOptions;
  health: HealthOptions;
  metrics: { text(): Promise<string>; contentType: string };
  /** Routes of the capabilities. */
  routes: readonly AppRoute[];
  /** Tells the addresses of the proxies that say truly where a request comes from. */
  trustProxy(address: string): boolean;
  /** Absent where there is one tenant. */
  tenants?: TenantAddresses;
}

/** The addresses of tenants, below which everything is as at the address of the server. */
export interface TenantAddresses {
  /** The address that a request came to, and what follows in its URL; `undefined` where that is of no tenant. */
  placeOf(host: string | undefined, url: string): (TenantAddress & { url: string }) | undefined;
  /** The interactions of the FHIR API at another base URL. */
  interactionsAt(baseUrl: string): Interactions;
}

/** Routes of a capability. */
export interface AppRoute {
  /** The path that they are mounted at. */
  path: string;
  handler: RequestHandler | Router;
  /**
   * They ask for no login, or for one of their own; else what the caller reaches is in `response.locals.access`. The
   * tenant that the address names, if any, is in `response.locals.tenant`.
   */
  isPublic?: true;
}

/** Everything that the server answers: the FHIR API at /fhir, health and metrics, the routes of the capabilities. */
export function createApp({
  fhir,
  health,
  metrics,
  routes,
  tenants,
  trustProxy,
}: AppOptions): RequestListener {
  const addresses = new WeakMap<IncomingMessage, TenantAddress>();
  const app = express();
  app.set('etag', false);
  app.disable('x-powered-by');
  app.set('trust proxy', trustProxy);
  app.use(pageHeaders(fhir.baseUrl.startsWith('https:')));
  app.use('/health', healthRoutes(health));
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.text());
  });
  app.use('/api', crossOrigin(createCors(fhir.cors)));
  app.use((request, response, next) => {
    response.locals['tenant'] = addresses.get(request)?.tenant;
    next();
  });
  for (const { path, handler, isPublic } of routes) {
    if (isPublic) app.use(path, handler);
    else app.use(path, withAccess(fhir, addresses), handler);
  }
  app.use(notFound);
  app.use(failed(fhir));
  const answerFhir = fhirRoute(fhir);
  // Express would take more time than a read of the store.
  const answer = (request: IncomingMessage, response: ServerResponse, answerIt = answerFhir) => {
    const url = belowBase(request.url ?? '');
    if (url === undefined) return app(request, response);
    request.url = url;
    answerIt(request, response);
  };
  if (tenants === undefined) return (request, response) => answer(request, response);
  const answerAt = fhirRoutesAt(fhir, tenants);
  return (request, response) => {
    const place = tenants.placeOf(request.headers.host, request.url ?? '');
    if (place === undefined) return answer(request, response);
    addresses.set(request, place);
    request.url = place.url;
    answer(request, response, answerAt(place));
  };
}

/** The FHIR API at the addresses of tenants, each made when it is first asked. */
function fhirRoutesAt(fhir: FhirRouteOptions, { interactionsAt }: TenantAddresses) {
  const made = new Map<string, RequestListener>();
  return ({ tenant, base }: TenantAddress): RequestListener => {
    const key = `${tenant} ${base}`;
    const baseUrl = `${base}/fhir`;
    const route =
      made.get(key) ??
      fhirRoute({
        ...fhir,
        baseUrl,
        interactions: interactionsAt(baseUrl),
        accessOf: (request, requestId) => fhir.accessOf(request, requestId, { tenant, base }),
      });
    made.set(key, route);
    return route;
  };
}

/**
 * What follows /fhir in the URL of a request, starting with / or ?; `undefined` when it is not of the FHIR API, as the
 * documents under /fhir/.well-known.
 */
function belowBase(url: string): string | undefined {
  return /^\/fhir(?![^/?])(?!\/\.well-known\/)/.test(url) ? url.slice('/fhir'.length) : undefined;
}

/** Hands over what the caller reaches; who has to log in first is refused as on the FHIR API. */
function withAccess(
  { accessOf }: Pick<FhirRouteOptions, 'accessOf'>,
  addresses: WeakMap<IncomingMessage, TenantAddress>,
): RequestHandler {
  return async (request, response, next) => {
    try {
      const access = await accessOf(request, requestIdOf(request), addresses.get(request));
      response.locals['access'] = witnessedRoute(access, request, response);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      response.status(error.status).set(error.headers).setHeader('Content-Type', mediaTypes.json);
      response.end(JSON.stringify(operationOutcome(error.issues)));
      return;
    }
    next();
  };
}

const notFound: RequestHandler = (_request, response) => {
  const diagnostics = 'There is nothing at this address; the FHIR API is at /fhir';
  response.status(404).setHeader('Content-Type', mediaTypes.json);
  response.end(JSON.stringify(operationOutcome([{ severity: 'error', code: 'not-found', diagnostics }])));
};

/** Answers what a route threw, as Express hands it over: its own refusals have a status, the rest is a failure. */
function failed({ onFailure }: Pick<FhirRouteOptions, 'onFailure'>): ErrorRequestHandler {
  return (error: { status?: number }, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = error.status !== undefined && error.status < 500 ? error.status : 500;
    if (status === 500) onFailure(error, '');
    const diagnostics =
      status === 500 ? 'The server failed; its log tells why' : 'The request cannot be read';
    const code = status === 500 ? 'exception' : 'invalid';
    response.status(status).setHeader('Content-Type', mediaTypes.json);
    response.end(JSON.stringify(operationOutcome([{ severity: 'error', code, diagnostics }])));
  };
}
