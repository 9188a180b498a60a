import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { FhirError } from '../../fhir/error.ts';
import { type OnThrottled, throttled } from '../../routes/limits.ts';
import { sendRefusal } from '../../routes/refusing.ts';

/** What a machine may send to the authorization server, so that guessing does not pay and costs little. */
export interface SmartLimits {
  /** Of all requests. */
  requests: RequestHandler;
  /** Of the pages of logins and consents. */
  pages: RequestHandler;
  /** Of refusals at the endpoints of apps and back ends. */
  refusals: RequestHandler;
}

/**
 * Counts each request by these means.
 * @param take throws FhirError 429, also by its promise
 */
export function requestLimit(
  take: (request: Parameters<RequestHandler>[0]) => undefined | Promise<void>,
  onThrottled: OnThrottled,
): RequestHandler {
  return async (request, response, next) => {
    try {
      await take(request);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      onThrottled(request);
      return sendRefusal(response, error);
    }
    next();
  };
}

/**
 * Refuses a machine with 429 that was refused this often within a minute, by this server process; what is answered does
 * not count.
 */
export function refusalLimit(limit: number, onThrottled: OnThrottled): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    handler: throttled('Too many requests were refused; try again later', onThrottled),
  });
}
