import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';

/** What a machine may send to the authorization server, so that guessing does not pay and costs little. */
export interface SmartLimits {
  /** Of the pages of logins and consents. */
  pages: RequestHandler;
  /** Of refusals at the endpoints of apps and back ends. */
  refusals: RequestHandler;
}

/**
 * Refuses a machine with 429 that was refused this often within a minute, by this server process; what is answered does
 * not count.
 */
export function refusalLimit(limit: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    message: { error: 'temporarily_unavailable', error_description: 'too many requests were refused' },
  });
}
