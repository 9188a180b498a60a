import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import { operationOutcome } from '../fhir/error.ts';
import type { Access } from '../interactions/access.ts';
import type { ExpiringStore } from '../store/contract.ts';

const minute = 60_000;

/** Told of each request that was one too many. */
export type OnThrottled = (request: Request) => void;

/**
 * At most `limit` requests a minute and caller, who is the one that logged in, else the address; beyond it 429 with
 * `Retry-After` and an OperationOutcome.
 */
export function perMinute(
  expiring: ExpiringStore,
  name: string,
  limit: number,
  onThrottled: OnThrottled = () => undefined,
): RateLimitRequestHandler {
  return rateLimit({
    windowMs: minute,
    limit,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    keyGenerator: callerOf,
    store: sharedCounters(expiring, name),
    handler: throttled(`At most ${limit} requests a minute are taken here`, onThrottled),
  });
}

/** Answers 429; `Retry-After` is there already. */
export function throttled(diagnostics: string, onThrottled: OnThrottled): RequestHandler {
  const body = JSON.stringify(operationOutcome([{ severity: 'error', code: 'throttled', diagnostics }]));
  return (request, response) => {
    onThrottled(request);
    response.status(429).type('application/fhir+json').send(body);
  };
}

/** What the caller reaches is in `response.locals.access` where routes have it. */
function callerOf({ ip = '' }: Request, { locals }: Response): string {
  const { tenant = '', caller = '' } = (locals['access'] ?? {}) as Partial<Access>;
  return caller === '' ? ipKeyGenerator(ip) : `${tenant} ${caller}`;
}

/** Counters that all servers of one store share, and that a restart keeps. */
function sharedCounters(expiring: ExpiringStore, name: string): Store {
  const key = (caller: string) => `rate ${name} ${caller}`;
  return {
    async increment(caller) {
      const { count, expiresAt } = await expiring.increment(key(caller), minute);
      return { totalHits: count, resetTime: new Date(expiresAt) };
    },
    // Every request counts: none is given back.
    decrement: () => undefined,
    async resetKey(caller) {
      await expiring.take(key(caller));
    },
  };
}
