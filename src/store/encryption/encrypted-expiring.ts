import type { ExpiringStore } from '../contract.ts';
import type { Shield } from './shield.ts';

/** Values that expire, encrypted in the database; counters are not. */
export class EncryptedExpiringStore implements ExpiringStore {
  readonly #store: ExpiringStore;
  readonly #shield: Shield;

  constructor(store: ExpiringStore, shield: Shield) {
    this.#store = store;
    this.#shield = shield;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#opened(key, await this.#store.get(key));
  }

  async put(key: string, value: string, ttl: number, group?: string): Promise<void> {
    await this.#shield.noted();
    await this.#store.put(key, sealedValue(this.#shield, key, value), ttl, group);
  }

  async take(key: string): Promise<string | undefined> {
    return this.#opened(key, await this.#store.take(key));
  }

  async putIfAbsent(key: string, value: string, ttl: number, group?: string): Promise<boolean> {
    await this.#shield.noted();
    return this.#store.putIfAbsent(key, sealedValue(this.#shield, key, value), ttl, group);
  }

  increment(key: string, ttl: number): Promise<{ count: number; expiresAt: number }> {
    return this.#store.increment(key, ttl);
  }

  deleteByGroup(group: string): Promise<void> {
    return this.#store.deleteByGroup(group);
  }

  #opened(key: string, value: string | undefined): string | undefined {
    return value && openedValue(this.#shield, key, value);
  }
}

/** True for a text that a counter may be, which has to stay one. */
export function isCounter(value: string): boolean {
  return /^\d+$/.test(value);
}

export function sealedValue({ cipher }: Shield, key: string, value: string): string {
  return cipher.seal(nameOf(key), value);
}

/** @throws UnreadableBody when it was changed, or is the value of another key */
export function openedValue({ cipher }: Shield, key: string, value: string): string {
  return cipher.open(nameOf(key), Buffer.from(value)).toString();
}

/** A name that no version of a resource has. An error names it: the key itself may be a secret. */
function nameOf(key: string) {
  return { tenant: key, type: '$expiring', id: '', version: 0 };
}
