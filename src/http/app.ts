import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { operationOutcome } from '../fhir/error.ts';
import { createCors } from './cors.ts';
import { crossOrigin } from './cross-origin.ts';
import { type FhirRouteOptions, fhirRoute } from './fhir-route.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import { mediaTypes } from './negotiation.ts';

export interface AppOptions {
  fhir: FhirRouteOptions;
  health: HealthOptions;
  metrics: { text(): Promise<string>; contentType: string };
  /** Routes of the capabilities, by the path that they are mounted at. */
  routes: readonly { path: string; handler: RequestHandler | Router }[];
}

/** Everything that the server answers: the FHIR API at /fhir, health and metrics, the routes of the capabilities. */
export function createApp({ fhir, health, metrics, routes }: AppOptions): RequestListener {
  const app = express();
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use(helmet());
  app.use('/health', healthRoutes(health));
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.text());
  });
  app.use('/api', crossOrigin(createCors(fhir.cors)));
  for (const { path, handler } of routes) app.use(path, handler);
  app.use(notFound);
  app.use(failed(fhir));
  const answerFhir = fhirRoute(fhir);
  // Express would take more time than a read of the store.
  return (request, response) => {
    const url = belowBase(request.url ?? '');
    if (url === undefined) return app(request, response);
    request.url = url;
    answerFhir(request, response);
  };
}

/** What follows /fhir in the URL of a request, starting with / or ?; `undefined` when it is not of the FHIR API. */
function belowBase(url: string): string | undefined {
  return /^\/fhir(?![^/?])/.test(url) ? url.slice('/fhir'.length) : undefined;
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
