import type { ExchangeResult } from './exchange.ts';
import type { InsiTrace } from './port.ts';

/** The trace of a lookup that has not called yet. */
export function startTrace(
  source: InsiTrace['source'],
  operation: string,
  contract: InsiTrace['contract'],
  now: () => number,
): InsiTrace {
  return { checkedAt: new Date(now()).toISOString(), source, operation, contract, messageIds: [] };
}

/** The trace after one more exchange; code and fault are those of the last. */
export function addExchange(
  trace: InsiTrace,
  { messageIds, fault }: ExchangeResult,
  code: string | undefined,
  now: () => number,
): InsiTrace {
  const { source, operation, contract } = trace;
  return {
    checkedAt: new Date(now()).toISOString(),
    source,
    operation,
    contract,
    messageIds: [...trace.messageIds, ...messageIds],
    ...(code === undefined ? {} : { insiCode: code }),
    ...(fault === undefined ? {} : { insiFault: fault }),
  };
}
