import type { AuditContext } from './balp/agents.ts';

/** A request that was not let in, or was one too many. */
export interface Refused {
  tenant: string;
  context: AuditContext;
  /** The request as it was received, in base64. */
  query: string;
  /** HTTP status and code of the issue, or the endpoint and its error code. */
  outcomeDesc: string;
}

export interface BoundedRefusalsOptions {
  /** @returns a promise where the answer has to wait */
  record(refused: Refused): Promise<void> | undefined;
  /** Told of a sum that could not be recorded. */
  onFailure(error: unknown): void;
}

/** Refusals of one caller that are recorded each, within a period. */
const recordedEach = 60;

/** Callers that are told apart within a period; all others are one. */
const mostCallers = 200;

/** Milliseconds. */
const period = 60_000;

const others = '';

/** The refusals of one caller within a period. */
interface Count {
  refusals: number;
  last: Refused;
}

/**
 * Bounds what refusals leave in the trail: whoever is refused costs the server next to nothing, and without a bound could
 * fill its disk. Of each caller the first sixty of a minute are recorded as they are; of the rest the last one, with how
 * many there were. A server process thus writes some 12,000 of these events a minute at most.
 */
export class BoundedRefusals {
  readonly #options: BoundedRefusalsOptions;
  readonly #counts = new Map<string, Count>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BoundedRefusalsOptions) {
    this.#options = options;
  }

  /** @returns a promise where the answer has to wait */
  take(refused: Refused): Promise<void> | undefined {
    const caller = callerOf(refused);
    const key = this.#counts.has(caller) || this.#counts.size < mostCallers ? caller : others;
    const count = this.#counts.get(key) ?? { refusals: 0, last: refused };
    count.refusals += 1;
    count.last = refused;
    this.#counts.set(key, count);
    this.#timer ??= setTimeout(() => this.settle(), period).unref();
    return count.refusals <= recordedEach ? this.#options.record(refused) : undefined;
  }

  /** Records how many were left out, and begins a new period. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    for (const { refusals, last } of counts) {
      const more = refusals - recordedEach;
      if (more <= 0) continue;
      const outcomeDesc = `${last.outcomeDesc}, the last of ${more} more refusals`;
      this.#options.record({ ...last, outcomeDesc })?.catch(this.#options.onFailure);
    }
  }
}

/** The one who logged in, or the address. */
function callerOf({ tenant, context: { actor, address } }: Refused): string {
  const { subject, clientId } = actor;
  const known = subject === undefined ? clientId : `${subject.issuer} ${subject.value}`;
  return `${tenant} ${known ?? address}`;
}
