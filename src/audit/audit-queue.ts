import { setTimeout as wait } from 'node:timers/promises';
import { fhirError } from '../fhir/error.ts';

export interface AuditQueueOptions<T> {
  /** Makes events of one tenant durable. */
  write(tenant: string, events: readonly T[]): Promise<void>;
  /** Events that wait at most before answers do. */
  capacity: number;
  /** Events that are written together at most. */
  groupSize: number;
  /** How long an event waits for others to be written with, in milliseconds. */
  delay: number;
  /** How long an answer waits for room before it is refused, in milliseconds. */
  patience: number;
  /** Told of each group that could not be written; it is tried again. */
  onFailure(error: unknown): void;
}

/** Time between two tries of a group, in milliseconds: it doubles from the first to the second. */
const retries = [50, 5000] as const;

/**
 * Events of what is no write itself, such as reads: they are written in groups behind the answers. While none can be
 * written, as many wait as there is room for; then the answers wait, and are refused in the end, so that nothing is
 * disclosed that could not be recorded.
 */
export class AuditQueue<T> {
  readonly #options: AuditQueueOptions<T>;
  #waiting: { tenant: string; event: T }[] = [];
  /** Of the group that is being written. */
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #waiters: (() => void)[] = [];
  #hasGivenUp = false;

  constructor(options: AuditQueueOptions<T>) {
    this.#options = options;
  }

  /** Events that are not durable yet. */
  get length(): number {
    return this.#waiting.length + this.#underWay;
  }

  /**
   * Takes an event.
   * @returns where there is no room left, a promise that the answer waits for; it rejects with FhirError 503 when none
   *   comes in time
   */
  push(tenant: string, event: T): Promise<void> | undefined {
    const count = this.#waiting.push({ tenant, event });
    if (count >= this.#options.groupSize) this.#work();
    else if (count === 1) this.#timer ??= setTimeout(() => this.#work(), this.#options.delay);
    return this.length > this.#options.capacity ? this.#room() : undefined;
  }

  /** Resolves when all events that were taken before are durable. */
  async flush(): Promise<void> {
    while (this.length > 0) {
      this.#work();
      await this.#working;
    }
  }

  /**
   * Makes all events durable, or gives up when the time is over.
   * @param patience milliseconds
   * @returns how many events are lost
   */
  async end(patience: number): Promise<number> {
    const time = new AbortController();
    await Promise.race([
      this.flush(),
      wait(patience, undefined, { signal: time.signal }).catch(() => undefined),
    ]);
    time.abort();
    this.#hasGivenUp = true;
    return this.length;
  }

  #work(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#working ??= this.#writeAll().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0) this.#work();
    });
  }

  async #writeAll(): Promise<void> {
    const { groupSize, capacity } = this.#options;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupSize);
      this.#underWay = group.length;
      for (const [tenant, events] of Map.groupBy(group, (each) => each.tenant)) {
        await this.#write(
          tenant,
          events.map(({ event }) => event),
        );
      }
      this.#underWay = 0;
      if (this.length <= capacity) for (const resume of this.#waiters.splice(0)) resume();
    }
  }

  async #write(tenant: string, events: readonly T[]): Promise<void> {
    const [first, longest] = retries;
    for (let pause: number = first; ; pause = Math.min(pause * 2, longest)) {
      try {
        await this.#options.write(tenant, events);
        return;
      } catch (error) {
        this.#options.onFailure(error);
        if (this.#hasGivenUp) return;
        await wait(pause, undefined, { ref: false });
      }
    }
  }

  async #room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    const timer = setTimeout(resolve, this.#options.patience);
    await promise;
    clearTimeout(timer);
    if (this.length > this.#options.capacity) {
      const diagnostics =
        'The audit trail cannot be written at the moment, and nothing is answered without it';
      throw fhirError(503, 'transient', diagnostics, undefined, { 'Retry-After': '5' });
    }
  }
}
