import type { IncomingHttpHeaders } from 'node:http';

export interface CorsOptions {
  /** Origins of the browser applications that may call the API. */
  origins: readonly string[];
  /** Whether every page of this machine may, as in a demonstration. */
  loopback: boolean;
}

/** The headers that let a browser application call the API from another origin (Fetch standard, CORS protocol). */
export interface Cors {
  /** Whether any origin at all is allowed: answers then depend on the Origin header. */
  enabled: boolean;
  /** For any answer; `undefined` when the origin of the request is not allowed. */
  headers(request: IncomingHttpHeaders): Readonly<Record<string, string>> | undefined;
}

const exposedHeaders = [
  'ETag',
  'Location',
  'Last-Modified',
  'Content-Location',
  'Retry-After',
  'X-Progress',
  'X-Request-Id',
  'WWW-Authenticate',
].join(', ');

/** Seconds that a browser may keep the answer to a preflight request. */
const preflightAge = '600';
const loopbackOrigin = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/** CORS for these origins. Credentials are never allowed: callers send a token, not cookies. */
export function createCors({ origins, loopback }: CorsOptions): Cors {
  const allowed = new Set(origins);
  return {
    enabled: loopback || allowed.size > 0,
    headers({ origin }) {
      if (origin === undefined) return undefined;
      if (!allowed.has(origin) && !(loopback && loopbackOrigin.test(origin))) return undefined;
      return {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Expose-Headers': exposedHeaders,
      };
    },
  };
}

/** True for the question of a browser whether it may send a request. */
export function isPreflight(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** What the answer to an allowed preflight request adds: any header may be sent, for none but tokens grants rights. */
export function preflightHeaders(
  headers: IncomingHttpHeaders,
  methods: string,
): Readonly<Record<string, string>> {
  const wanted = headers['access-control-request-headers'];
  return {
    'Access-Control-Allow-Methods': methods,
    ...(wanted === undefined ? {} : { 'Access-Control-Allow-Headers': wanted }),
    'Access-Control-Max-Age': preflightAge,
  };
}
