import type { RequestHandler } from 'express';
import { type Cors, isPreflight, preflightHeaders } from './cors.ts';

const methods = 'GET, HEAD, POST';

/** CORS for routes of Express, with the rights that it has on the FHIR API; a preflight request ends here. */
export function crossOrigin(cors: Cors): RequestHandler {
  return (request, response, next) => {
    if (!cors.enabled) return next();
    response.vary('Origin');
    const allowed = cors.headers(request.headers);
    if (allowed !== undefined) response.set(allowed);
    if (request.method !== 'OPTIONS' || !isPreflight(request.headers)) return next();
    if (allowed !== undefined) response.set(preflightHeaders(request.headers, methods));
    response.status(204).end();
  };
}
