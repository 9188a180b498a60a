import type { AuditEvent } from 'fhir/r4.d.ts';
import type { AccessRecord } from '../interactions/access.ts';
import type { Extractor } from '../search/extract.ts';
import type { Change, PutChange, ResourceStore, ResourceStores } from '../store/contract.ts';
import { AuditQueue } from './audit-queue.ts';
import { AuditedStore } from './audited-store.ts';
import type { AuditContext, AuditSource } from './balp/agents.ts';
import { refusalEvent } from './balp/security-events.ts';
import { BoundedRefusals, type Refused } from './bounded-refusals.ts';
import { Disclosed } from './disclosed.ts';
import { EventMaker } from './event-maker.ts';
import { finishedInteraction } from './finished-interaction.ts';
import type { JournalEntry } from './journal/entry.ts';
import { AuditJournal } from './journal/journal.ts';
import { Unfolding } from './journal/unfolding.ts';
import { writeEvents } from './write-events.ts';

export interface AuditTrailOptions {
  stores: Pick<ResourceStores, 'forTenant' | 'expiring'>;
  source: AuditSource;
  extract: Extractor;
  /** Changes whenever the search parameters do. */
  revision(): number;
  /** A new id for a resource that is made at this instant. */
  newId(now: number): string;
  /** Told of each group of events that could not be written; it is tried again. */
  onFailure(error: unknown): void;
}

/** Entries of one page of the journal. */
const groupSize = 256;

/** Milliseconds that an event waits for others. */
const delay = 5;

/** Events that wait before answers do. */
const capacity = 20_000;

/** Milliseconds that an answer waits before it is refused. */
const patience = 10_000;

/**
 * Entries of the journal of which no events are made yet. A search of the trail waits until they are, some 130 µs each.
 */
const mostWaiting = 100_000;

/**
 * Milliseconds that a stop waits for the journal to take what was recorded, and again for the events of what is in it;
 * the next start goes on with them.
 */
const longestStop = 5_000;

/**
 * The audit trail: what is read follows the answers into the journal, of which events are made later; events of what is
 * written go into its commit.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #maker: EventMaker;
  readonly #queue: AuditQueue<JournalEntry>;
  readonly #unfolding: Unfolding;
  readonly #refusals: BoundedRefusals;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#maker = new EventMaker(options);
    this.#refusals = new BoundedRefusals({
      record: (refused) => this.#recordRefusal(refused),
      onFailure: options.onFailure,
    });
    const journal = new AuditJournal(options.stores.expiring);
    this.#unfolding = new Unfolding({ ...options, journal, maker: this.#maker, mostWaiting });
    this.#queue = new AuditQueue({
      groupSize,
      delay,
      capacity,
      patience,
      onFailure: options.onFailure,
      write: async (tenant, entries) => {
        await journal.write(tenant, entries);
        this.#unfolding.wrote(entries.length);
        await this.#unfolding.relieve();
      },
    });
  }

  /** Begins the record of one interaction. */
  begin(
    tenant: string,
    context: AuditContext,
    store: ResourceStore,
    writeStore?: ResourceStore,
  ): AccessRecord {
    const disclosed = new Disclosed();
    const audited = (inner: ResourceStore) =>
      new AuditedStore(inner, disclosed, {
        eventsOf: (changes) => this.#ofWrites(context, changes, inner),
        settled: () => this.settled(),
      });
    return {
      store: audited(store),
      ...(writeStore === undefined ? {} : { writeStore: audited(writeStore) }),
      end: (done) => {
        if (done.status === 429) {
          const query = Buffer.from(done.received()).toString('base64');
          return this.refused({ tenant, context, query, outcomeDesc: `429 ${done.issue ?? 'throttled'}` });
        }
        let waiting: Promise<void> | undefined;
        for (const access of finishedInteraction(done, disclosed)) {
          const recorded = Date.now();
          const id = this.#options.newId(recorded);
          waiting = this.#queue.push(tenant, { id, recorded, context, access });
        }
        return waiting;
      },
    };
  }

  /**
   * Records another event, such as a login.
   * @returns a promise where the answer has to wait, see `AuditQueue.push`
   */
  record(
    tenant: string,
    make: (source: AuditSource, recorded: string) => AuditEvent,
  ): Promise<void> | undefined {
    const recorded = Date.now();
    const id = this.#options.newId(recorded);
    const event = make(this.#options.source, new Date(recorded).toISOString());
    return this.#queue.push(tenant, { id, recorded, event });
  }

  /**
   * Records a request that was not let in, or was one too many; of many by one caller those of a bound.
   * @returns a promise where the answer has to wait, see `AuditQueue.push`
   */
  refused(refused: Refused): Promise<void> | undefined {
    return this.#refusals.take(refused);
  }

  /** Resolves when what was recorded before can be found: all of it is AuditEvents. */
  async settled(): Promise<void> {
    await this.#queue.flush();
    await this.#unfolding.unfold();
  }

  /** Makes events of what is in the journal, from now on. */
  start(): void {
    this.#unfolding.start();
  }

  /** Resolves when all that was recorded is durable, or cannot be made so in time; after the last request. */
  async close(): Promise<void> {
    const { onFailure } = this.#options;
    this.#refusals.settle();
    await this.#unfolding.stop();
    const lost = await this.#queue.end(longestStop);
    if (lost > 0) return onFailure(new Error(`${lost} audit events could not be written and are lost`));
    const end = performance.now() + longestStop;
    await this.#unfolding.unfold(() => performance.now() < end).catch(onFailure);
  }

  #recordRefusal({ tenant, context, query, outcomeDesc }: Refused): Promise<void> | undefined {
    return this.record(tenant, (source, recorded) =>
      refusalEvent(source, context, { query, outcome: '4', outcomeDesc, recorded }),
    );
  }

  async #ofWrites(
    context: AuditContext,
    changes: readonly Change[],
    store: ResourceStore,
  ): Promise<PutChange[]> {
    const accesses = await writeEvents(changes, store);
    const now = Date.now();
    const times = { recorded: now, lastUpdated: now };
    return accesses.map((access) => this.#maker.change(this.#options.newId(now), times, context, access));
  }
}
