import type { InsiLimits } from './settings.ts';

/** Whether a call may go, and for how many milliseconds to wait when it may not. */
type Admission = { admitted: true } | { admitted: false; retryAfterMs: number };

export interface CircuitBreaker {
  /** Asks for admission; every admitted call must be `settled`. */
  admit(): Admission;
  /** Tells how an admitted call ended: a technical failure, or any answer of the service. */
  settled(failed: boolean): void;
}

type Circuit =
  | { state: 'closed'; failures: number }
  | { state: 'open'; until: number }
  | { state: 'probing' };

/**
 * Opens after `breakerThreshold` consecutive technical failures; after `breakerOpenMs` one probe goes
 * through, which closes the circuit or opens it again.
 */
export function createCircuitBreaker(
  { breakerThreshold, breakerOpenMs }: Pick<InsiLimits, 'breakerThreshold' | 'breakerOpenMs'>,
  now: () => number,
): CircuitBreaker {
  let circuit: Circuit = { state: 'closed', failures: 0 };
  const open = (): Circuit => ({ state: 'open', until: now() + breakerOpenMs });
  return {
    admit() {
      if (circuit.state === 'closed') return { admitted: true };
      if (circuit.state === 'probing') return { admitted: false, retryAfterMs: breakerOpenMs };
      const retryAfterMs = circuit.until - now();
      if (retryAfterMs > 0) return { admitted: false, retryAfterMs };
      circuit = { state: 'probing' };
      return { admitted: true };
    },
    settled(failed) {
      // A call admitted before the circuit opened says nothing about the service since then.
      if (circuit.state === 'open') return;
      if (!failed) circuit = { state: 'closed', failures: 0 };
      else if (circuit.state === 'probing' || circuit.failures + 1 >= breakerThreshold) circuit = open();
      else circuit = { state: 'closed', failures: circuit.failures + 1 };
    },
  };
}
