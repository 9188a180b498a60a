import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Extractor } from '../../search/extract.ts';
import type { Change, ExpiringStore, ResourceStores } from '../../store/contract.ts';
import { eventChange } from '../event-change.ts';
import type { EventMaker } from '../event-maker.ts';
import type { JournalEntry, JournalPage } from './entry.ts';
import type { AuditJournal } from './journal.ts';

export interface UnfoldingOptions {
  stores: Pick<ResourceStores, 'forTenant'> & { readonly expiring: ExpiringStore };
  journal: AuditJournal;
  maker: EventMaker;
  extract: Extractor;
  /** Entries of this process that wait at most: see `relieve`. */
  mostWaiting: number;
  onFailure(error: unknown): void;
}

/** Events of one commit: other writes wait for each. */
const eventsPerCommit = 64;

/** Time between two looks at whether the process is idle, in milliseconds. */
const lookEvery = 500;

/** With fewer entries than this since the last look a process is idle. */
const idleEntries = 50;

/** How long one process makes the events before another may, in milliseconds. */
const leaseLife = 30_000;

/** Makes AuditEvents of the entries of the journal while there is little else to do, and before the trail is searched. */
export class Unfolding {
  readonly #options: UnfoldingOptions;
  /** Entries that this process wrote since its last look, and those that it knows to wait. */
  #written = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: UnfoldingOptions) {
    this.#options = options;
  }

  /** Told of entries that this process wrote. */
  wrote(count: number): void {
    this.#written += count;
    this.#waiting += count;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      const isIdle = this.#written < idleEntries;
      this.#written = 0;
      this.#working = (isIdle ? this.#work() : Promise.resolve()).finally(() => {
        this.#working = undefined;
        if (!this.#stopped) this.start();
      });
    }, lookEvery).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  /**
   * Makes the events of all entries that are in the journal now.
   * @param goesOn asked before each page
   */
  async unfold(goesOn: () => boolean = () => true): Promise<void> {
    const { journal } = this.#options;
    for (let number = await journal.firstPage(); goesOn(); number++) {
      const page = await journal.page(number);
      if (page === undefined) {
        this.#waiting = 0;
        return;
      }
      if (page === 'taken') continue;
      await this.#unfoldPage(page);
      await journal.take(number);
      this.#waiting = Math.max(0, this.#waiting - page.entries.length);
    }
  }

  /** Resolves at once unless too many entries wait: then when events are made of some, so that the requests wait too. */
  async relieve(): Promise<void> {
    const isTooMany = () => this.#waiting > this.#options.mostWaiting;
    if (isTooMany()) await this.unfold(isTooMany);
  }

  /** Of the processes of a database one works at a time; nothing is done twice if two do. */
  async #work(): Promise<void> {
    const { expiring } = this.#options.stores;
    const end = performance.now() + leaseLife / 2;
    try {
      if (!(await expiring.putIfAbsent(leaseKey, randomUUID(), leaseLife))) return;
      try {
        await this.unfold(() => !this.#stopped && performance.now() < end && this.#written < idleEntries);
      } finally {
        await expiring.take(leaseKey);
      }
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  async #unfoldPage({ tenant, entries }: JournalPage): Promise<void> {
    const store = this.#options.stores.forTenant(tenant);
    for (let start = 0; start < entries.length; start += eventsPerCommit) {
      await turn();
      const events = entries.slice(start, start + eventsPerCommit).map((entry) => this.#change(entry));
      const { ok } = await store.commit(events);
      if (ok) continue;
      // Another process, or one that ended suddenly, has made some of them, as a rule all.
      for (const event of events) await store.commit([event]);
    }
  }

  #change(entry: JournalEntry): Change {
    const { maker, extract } = this.#options;
    const { id, recorded } = entry;
    const lastUpdated = Date.now();
    if ('event' in entry) return eventChange(id, entry.event, lastUpdated, extract);
    return maker.change(id, { recorded, lastUpdated }, entry.context, entry.access);
  }
}

const leaseKey = 'audit-unfolding';
