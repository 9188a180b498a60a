import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StrictTraits } from '../traits.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { createExchange, type Exchange } from './exchange.ts';
import type { GivenIns, InsiPort, InsiTrace, SearchAnswer, VerificationAnswer } from './port.ts';
import { createSearch } from './search.ts';
import { defaultInsiLimits, type InsiRuntime, type InsiSettings } from './settings.ts';
import { startTrace } from './trace.ts';
import { createTransport } from './transport.ts';
import { verifyByUnit } from './unit-verification.ts';
import { verifyThroughSearch } from './verification.ts';
import { escapeXml } from './xml-writer.ts';

const systemRuntime: InsiRuntime = { now: Date.now, sleep, random: Math.random, uuid: randomUUID };

/**
 * The INSi client. One instance per process: it holds the connections, the circuit breaker and the
 * count of lookups under way.
 * @throws TypeError, RangeError or an OpenSSL error on settings that cannot work.
 */
export function createInsiClient(settings: InsiSettings, runtime: InsiRuntime = systemRuntime): InsiPort {
  Object.values(settings.software).forEach(escapeXml);
  const limits = { ...defaultInsiLimits, ...settings.limits };
  const { source, verification } = settings;
  const { now } = runtime;
  const transport = createTransport(settings.url, settings.tls, limits);
  const breaker = createCircuitBreaker(limits, now);
  const exchange = createExchange(transport, settings.software, limits, breaker, runtime);
  const search = createSearch(exchange, settings, limits, now);
  let underWay = 0;

  const withinCap = async <Answer>(lookup: () => Promise<Answer>) => {
    if (underWay >= limits.concurrency) {
      return { outcome: 'throttled' as const, trace: startTrace(source, 'none', 'confirmed', now) };
    }
    underWay += 1;
    try {
      return await lookup();
    } finally {
      underWay -= 1;
    }
  };
  const verify = verifier(exchange, search, source, verification, now);
  return {
    search: (traits) => withinCap(() => search(traits)),
    verify: (ins, traits) => withinCap(() => verify(ins, traits)),
    close: () => transport.close(),
  };
}

function verifier(
  exchange: Exchange,
  search: (traits: StrictTraits) => Promise<SearchAnswer>,
  source: InsiTrace['source'],
  verification: InsiSettings['verification'],
  now: () => number,
): (ins: GivenIns, traits: StrictTraits) => Promise<VerificationAnswer> {
  switch (verification.adapter) {
    case 'search':
      return (ins, traits) => verifyThroughSearch(search, ins, traits);
    case 'unit':
      return (ins, traits) => verifyByUnit(exchange, verification.contract, source, ins, traits, now);
    case 'off': {
      const outcome = { outcome: 'misconfigured', reason: 'verification-disabled' } as const;
      return async () => ({ ...outcome, trace: startTrace(source, 'none', 'confirmed', now) });
    }
  }
}
