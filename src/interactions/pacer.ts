import type { FhirRequest } from './request.ts';

/** Bytes from which a body is read or written in steps: in one go it would hold up other requests. */
export const largeBody = 131_072;

/** How long work on a large body may hold the event loop at a time, in milliseconds. */
const slice = 5;

/** The works that wait for their turn, the first first. */
const waiting: (() => void)[] = [];

/**
 * A pause that lets other requests in, when the slice is used up. All works share one queue, and one of them alone goes
 * on in a turn of the event loop: however many there are, together they never hold it longer than a slice.
 */
export function pacer(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < slice) return;
    await turn();
    started = performance.now();
  };
}

/** Lets other requests in. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(releaseNext);
  });
}

/** The end of some work that is done in steps, with pauses in which others work. */
export async function paced<T>(steps: Generator<unknown, T>, pause = pacer()): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await pause();
  }
}

/** A pause of work that is done in one turn of the event loop: others of that turn do the step that this one has done. */
export async function inStep(): Promise<void> {}

/** Whether the body of a request is so large that work on it is done with pauses. */
export function isLarge({ source }: FhirRequest): boolean {
  return source !== undefined && source.bytes.length >= largeBody;
}

function releaseNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(releaseNext);
}
