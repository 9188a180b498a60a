import { readSoap } from './answer.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { buildRequest } from './envelope.ts';
import { faultLabel, meaningOf } from './faults.ts';
import type { InsiFailure } from './port.ts';
import { withRetries } from './retry.ts';
import type { InsiLimits, InsiRuntime, InsiSoftware } from './settings.ts';
import type { Transport, TransportAnswer } from './transport.ts';
import type { XmlElement } from './xml-reader.ts';

/** The outcome of one operation call, its retries included. */
export type ExchangeResult = { messageIds: string[]; fault?: string } & (
  | { kind: 'body'; element: XmlElement; raw: string }
  | { kind: 'failure'; failure: InsiFailure }
);

/** Sends the body of an operation and returns the body of its answer. */
export type Exchange = (operation: string, body: string) => Promise<ExchangeResult>;

type Attempt = { fault?: string } & (
  | { kind: 'body'; element: XmlElement; raw: string }
  | { kind: 'failure'; failure: InsiFailure; retryable: boolean }
);

/** Calls INSi with retries on transient failures, behind the circuit breaker. */
export function createExchange(
  transport: Transport,
  software: InsiSoftware,
  limits: InsiLimits,
  breaker: CircuitBreaker,
  runtime: InsiRuntime,
): Exchange {
  return async (operation, body) => {
    const admission = breaker.admit();
    if (!admission.admitted) {
      const retryAfterSeconds = Math.max(1, Math.ceil(admission.retryAfterMs / 1000));
      const failure: InsiFailure = { outcome: 'unavailable', reason: 'circuit-open', retryAfterSeconds };
      return { kind: 'failure', failure, messageIds: [] };
    }
    const messageIds: string[] = [];
    let failed = true;
    try {
      const attempt = async () => {
        const request = buildRequest(operation, body, software, runtime);
        messageIds.push(request.messageId);
        return readAttempt(await transport.send(request));
      };
      const result = await withRetries(
        attempt,
        (each) => each.kind === 'failure' && each.retryable,
        limits,
        runtime,
      );
      failed = isTechnical(result);
      return { ...result, messageIds };
    } finally {
      breaker.settled(failed);
    }
  };
}

function isTechnical(attempt: Attempt): boolean {
  if (attempt.kind === 'body') return false;
  return attempt.failure.outcome === 'unavailable' || attempt.failure.outcome === 'timeout';
}

function readAttempt(answer: TransportAnswer): Attempt {
  switch (answer.kind) {
    case 'answer':
      return readHttpAnswer(answer.status, answer.text);
    case 'timeout':
      return failure({ outcome: 'timeout' });
    case 'connection':
      return failure({ outcome: 'unavailable', reason: 'connection' }, true);
    case 'tls':
      return failure({ outcome: 'misconfigured', reason: 'tls' });
    case 'too-large':
      return failure({ outcome: 'unavailable', reason: 'answer-too-large' });
    case 'unreadable':
      return failure({ outcome: 'unavailable', reason: 'malformed-answer' });
  }
}

/** A fault counts whatever its HTTP status; a body only with 200. */
function readHttpAnswer(status: number, text: string): Attempt {
  const content = readSoap(text);
  if (content.kind === 'fault') {
    const { failure, retryable } = meaningOf(content.fault);
    return { kind: 'failure', failure, retryable, fault: faultLabel(content.fault) };
  }
  if (status >= 500 || status === 429)
    return failure({ outcome: 'unavailable', reason: 'http-status' }, true);
  if (status !== 200) return failure({ outcome: 'misconfigured', reason: 'http-status' });
  if (content.kind === 'malformed') return failure({ outcome: 'unavailable', reason: 'malformed-answer' });
  return { kind: 'body', element: content.element, raw: text };
}

function failure(cause: InsiFailure, retryable = false): Attempt {
  return { kind: 'failure', failure: cause, retryable };
}
