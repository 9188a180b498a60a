import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';

/** Before and after every key. */
export const lowestKey = '0'.repeat(24);
export const highestKey = 'f'.repeat(24);

const keysPerMillisecond = 0x10000;

/** Tells the keys of one process from those that another makes in the same millisecond. */
const origin = randomBytes(4).toString('hex');

let instant = 0;
let count = 0;

/**
 * A key that a resource gets at its creation and keeps: milliseconds since 1970, a count within the millisecond and
 * the process. It is higher than every key that this process gave before, so that pages in the order of keys never
 * shift, and no counter is shared between processes.
 */
export function nextCreationKey(): ObjectId {
  const now = Math.max(Date.now(), instant);
  count = now === instant ? count + 1 : 0;
  instant = now;
  if (count === keysPerMillisecond) {
    instant += 1;
    count = 0;
  }
  return new ObjectId(`${hexadecimal(instant, 12)}${hexadecimal(count, 4)}${origin}`);
}

function hexadecimal(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}

export function isCreationKey(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{24}$/.test(text);
}
