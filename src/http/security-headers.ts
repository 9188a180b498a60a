import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Nothing of an answer runs, loads, is framed or sends forms. */
const contentPolicy = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The same for content that callers brought, which moreover has no origin, and no plug-in. */
export const foreignContentPolicy = `${contentPolicy}; sandbox`;

/** Seconds for which browsers speak nothing but TLS to a host: a year. */
const strictTransportAge = 31_536_000;

/**
 * The headers by which a browser that meets an answer of the API does nothing but hand it to its application. Written by
 * hand, because helmet would halve the speed of a read.
 * @param isSecure callers reach the server by TLS
 */
export function apiHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': contentPolicy,
    'Referrer-Policy': 'no-referrer',
    // Applications of other origins show images and documents of the API; CORS and tokens decide who gets them.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ...(isSecure ? { 'Strict-Transport-Security': `max-age=${strictTransportAge}` } : {}),
  };
}

/** The headers of all that is not the FHIR API; a page that needs more sets a policy of its own. */
export function pageHeaders(isSecure: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin-allow-popups' },
    strictTransportSecurity: isSecure ? { maxAge: strictTransportAge, includeSubDomains: false } : false,
  });
}
