import { setImmediate } from 'node:timers/promises';

/** How long the work on a bundle may hold the event loop at a time, in milliseconds. */
const slice = 8;

/** A pause that lets other requests in, when the slice is used up. */
export function pacer(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < slice) return;
    await setImmediate();
    started = performance.now();
  };
}
