import { setImmediate as turn } from 'node:timers/promises';
import type { AuditEvent } from 'fhir/r4.d.ts';
import type { Extractor } from '../../search/extract.ts';
import type { ResourceStore, ResourceStores, StoredVersion } from '../../store/contract.ts';
import { categoryOf } from '../categories.ts';
import { eventChange } from '../event-change.ts';
import { type Head, readHead, writeHead } from './head.ts';
import { type CategoryRun, eventDigest, readSeal, sealEvent, sealHash, sealId } from './seal.ts';
import { readPeriod } from './sealed-period.ts';

/** About as many events share a seal at most. */
const mostEvents = 4096;

/** Events whose digests are taken between two turns of the event loop. */
const eventsPerTurn = 64;

export interface SealerOptions {
  stores: Pick<ResourceStores, 'forTenant' | 'expiring'>;
  extract: Extractor;
}

/** Seals the events of a tenant: of several processes that do so at once one comes first. */
export class Sealer {
  readonly #options: SealerOptions;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /**
   * Seals all events up to an instant at which none will be written any more.
   * @param before milliseconds since 1970 UTC, excluded
   * @returns the seals that it wrote
   * @throws Error when the last seal was changed
   */
  async seal(tenant: string, before: number): Promise<Head[]> {
    const { stores } = this.#options;
    const store = stores.forTenant(tenant);
    const written: Head[] = [];
    let last = await lastSeal(store, (await readHead(stores.expiring, tenant))?.number ?? 0);
    for (;;) {
      const seal = last === undefined ? undefined : readSeal(last);
      if (last !== undefined && seal === undefined) throw new Error(`The audit seal ${last.id} was changed`);
      const from = seal?.to ?? 0;
      const { events } = await readPeriod(store, from, before - 1, mostEvents);
      const newest = events.at(-1);
      if (newest === undefined) return written;
      const number = (seal?.number ?? 0) + 1;
      const { digests, categories } = await taken(events);
      const now = Date.now();
      const event = sealEvent(
        {
          number,
          from,
          to: newest.lastUpdated,
          digests,
          categories,
          previous: last === undefined ? '' : sealHash(last),
        },
        now,
      );
      const change = eventChange(sealId(number), event, now, this.#options.extract);
      const result = await store.commit([change]);
      last = await store.read('AuditEvent', sealId(number));
      if (last === undefined) throw new Error('An audit seal that was written is not there');
      if (!result.ok) continue;
      const head = { number, hash: sealHash(last) };
      await writeHead(stores.expiring, tenant, head);
      written.push(head);
    }
  }
}

/** The last seal; the head may lag behind by those whose writer ended suddenly. */
async function lastSeal(store: ResourceStore, known: number): Promise<StoredVersion | undefined> {
  let last: StoredVersion | undefined;
  for (let number = Math.max(known, 1); ; number++) {
    const seal = await store.read('AuditEvent', sealId(number));
    if (seal === undefined && number === known) {
      throw new Error(`The audit seal ${sealId(number)} is missing`);
    }
    if (seal === undefined) return last;
    last = seal;
  }
}

async function taken(
  events: readonly StoredVersion[],
): Promise<{ digests: Buffer; categories: CategoryRun[] }> {
  const digests: Buffer[] = [];
  const categories: CategoryRun[] = [];
  for (const event of events) {
    if (digests.length % eventsPerTurn === 0) await turn();
    digests.push(eventDigest(event));
    const category = event.deleted
      ? 'access'
      : categoryOf(JSON.parse(event.body.toString('utf8')) as AuditEvent);
    const run = categories.at(-1);
    if (run?.category === category) run.count += 1;
    else categories.push({ category, count: 1 });
  }
  return { digests: Buffer.concat(digests), categories };
}
