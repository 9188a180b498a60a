import { randomUUID } from 'node:crypto';
import type { ExpiringStore } from '../store/contract.ts';
import type { Head } from './seals/head.ts';
import type { Sealer } from './seals/sealer.ts';

export interface KeeperOptions {
  expiring: ExpiringStore;
  sealer: Sealer;
  tenants: readonly string[];
  /** How old events are at least when they are sealed, and how often that is done; milliseconds. */
  period: number;
  /** Removes what has expired in a tenant. */
  expire(tenant: string, now: number): Promise<number>;
  /** Told of each seal, which is to be kept where those who can change the database cannot. */
  onSealed(tenant: string, head: Head): void;
  onExpired(tenant: string, events: number): void;
  onFailure(error: unknown): void;
}

/** How long one process keeps the trail before another may, in milliseconds. */
const leaseLife = 300_000;

/** How often expired events are looked for. */
const expiryPeriod = 86_400_000;

/** Keeps the trail behind the requests: one process of those that share a database seals, and removes what expired. */
export class AuditKeeper {
  readonly #options: KeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        if (!this.#stopped) this.start();
      });
    }, this.#options.period).unref();
  }

  /** Waits for the work under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    const { expiring, tenants, onFailure } = this.#options;
    try {
      if (!(await expiring.putIfAbsent(leaseKey, randomUUID(), leaseLife))) return;
      try {
        for (const tenant of tenants) await this.#keep(tenant).catch(onFailure);
      } finally {
        await expiring.take(leaseKey);
      }
    } catch (error) {
      onFailure(error);
    }
  }

  async #keep(tenant: string): Promise<void> {
    const { expiring, sealer, period, expire, onSealed, onExpired } = this.#options;
    const now = Date.now();
    for (const head of await sealer.seal(tenant, now - period)) onSealed(tenant, head);
    if (!(await expiring.putIfAbsent(`audit-expiry:${tenant}`, '', expiryPeriod))) return;
    const events = await expire(tenant, now);
    if (events > 0) onExpired(tenant, events);
  }
}

const leaseKey = 'audit-keeper';
