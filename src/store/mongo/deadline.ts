import { MongoError } from 'mongodb';
import { isTimeout, isUnavailable, OutOfTime, UnknownEnd } from './errors.ts';

/** How long the clock of this process lets that of the database come first, which tells more, in milliseconds. */
const grace = 1000;

/**
 * Waits for work, but no longer than a call may take: a database that falls silent keeps to no time limit. Nobody waits
 * for the work after that; its connection ends by itself, see `socketTimeoutMS`.
 * @param time milliseconds
 * @throws OutOfTime
 */
export async function within<T>(time: number, work: Promise<T>): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new OutOfTime()), time + grace);
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
  }
}

/** The time of a change with all its attempts. */
export class Deadline {
  readonly #end: number;
  /** What was sent may be done, whether an answer comes or not. */
  #isSent = false;

  /** @param time milliseconds from now */
  constructor(time: number) {
    this.#end = performance.now() + time;
  }

  /** Milliseconds. */
  get left(): number {
    return Math.max(this.#end - performance.now(), 0);
  }

  /**
   * Comes before an attempt, of which nothing counts until `send`.
   * @throws OutOfTime
   */
  begin(): void {
    this.#isSent = false;
    this.#check();
  }

  /**
   * Comes before the step that makes the change, so that nothing is made that its caller has long given up.
   * @throws OutOfTime
   */
  send(): void {
    this.#check();
    this.#isSent = true;
  }

  /** @throws OutOfTime, or UnknownEnd when the change may have been made */
  async wait<T>(work: Promise<T>): Promise<T> {
    try {
      return await within(this.left, work);
    } catch (error) {
      throw this.#isSent && isWithoutAnswer(error) ? new UnknownEnd(error) : error;
    }
  }

  #check(): void {
    if (this.left === 0) throw new OutOfTime();
  }
}

/** A transaction whose failure is transient was not made. */
function isWithoutAnswer(error: unknown): boolean {
  const isUndone = error instanceof MongoError && error.hasErrorLabel('TransientTransactionError');
  return !isUndone && (isTimeout(error) || isUnavailable(error));
}
