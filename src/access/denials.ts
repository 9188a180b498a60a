import type { Consent } from 'fhir/r4.d.ts';
import { parseJson } from '../fhir/json.ts';
import type { ResourceStore } from '../store/contract.ts';
import { searchPages } from '../store/search-pages.ts';
import { type Denial, denialsOf } from './consent.ts';

/** After this time it is looked whether another server took a Consent, in milliseconds. */
const lookEvery = 2000;

/** How far the clocks of the servers of one store may be apart, in milliseconds. */
const clockDifference = 60_000;

const pageSize = 500;

/**
 * What the patients of a tenant deny. Every request asks it, so it is kept in memory: read once, then from the changes
 * of Consents.
 */
export class Denials {
  readonly #store: ResourceStore;
  readonly #baseUrls: readonly string[];
  readonly #byConsent = new Map<string, readonly Denial[]>();
  #all: readonly Denial[] = [];
  #isChanged = false;
  /** Changes from this instant on are not known; absent where all Consents have to be read. */
  #since: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  /** How many writes of Consents there were, and how many before the last look began. */
  #writes = 0;
  #seenWrites = 0;

  constructor(store: ResourceStore, baseUrls: readonly string[]) {
    this.#store = store;
    this.#baseUrls = baseUrls;
  }

  /** Those that hold now; at once where they are known. */
  current(): readonly Denial[] | Promise<readonly Denial[]> {
    const isKnown = this.#seenWrites === this.#writes && performance.now() - this.#lookedAt < lookEvery;
    return isKnown ? this.#all : this.#looked(this.#writes);
  }

  /**
   * The next request looks anew: a Consent was written.
   * @param isPurged it left no change that could be read
   */
  outdated(isPurged: boolean): void {
    this.#writes += 1;
    if (isPurged) this.#since = undefined;
  }

  /** The denials after a look that began after these writes: one under way may have begun before. */
  async #looked(writes: number): Promise<readonly Denial[]> {
    do {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    } while (this.#seenWrites < writes);
    return this.#all;
  }

  async #look(): Promise<void> {
    const [now, time, writes, since] = [Date.now(), performance.now(), this.#writes, this.#since];
    // A purge during the look takes this away again.
    this.#since = now - clockDifference;
    try {
      if ((await this.#store.heldTypes()).has('Consent')) {
        if (since === undefined) await this.#readAll();
        else await this.#readChanges(since);
      }
    } catch (error) {
      this.#since = undefined;
      throw error;
    }
    if (this.#isChanged) this.#all = [...this.#byConsent.values()].flat();
    this.#isChanged = false;
    this.#lookedAt = time;
    this.#seenWrites = writes;
  }

  async #readAll(): Promise<void> {
    this.#byConsent.clear();
    this.#isChanged = true;
    const expression = { kind: 'token' as const, parameter: 'status', code: 'active' };
    const query = { type: 'Consent', expression, sort: [], count: pageSize };
    for await (const matches of searchPages(this.#store, query)) {
      for (const { id, body } of matches) this.#take(id, body);
    }
  }

  async #readChanges(since: number): Promise<void> {
    const seen = new Set<string>();
    for (let cursor: string | undefined; ; ) {
      const page = { type: 'Consent', count: pageSize, since };
      const { versions, next } = await this.#store.changes(cursor === undefined ? page : { ...page, cursor });
      for (const { id, deleted, body } of versions) {
        // The newest version comes first.
        if (seen.has(id)) continue;
        seen.add(id);
        if (!deleted) this.#take(id, body);
        else if (this.#byConsent.delete(id)) this.#isChanged = true;
      }
      if (next === undefined) return;
      cursor = next;
    }
  }

  #take(id: string, body: Buffer): void {
    const denials = denialsOf(parseJson(body) as Consent, this.#baseUrls);
    const wasThere = this.#byConsent.delete(id);
    if (denials.length > 0) this.#byConsent.set(id, denials);
    this.#isChanged ||= wasThere || denials.length > 0;
  }
}
