import type { AuditEvent } from 'fhir/r4.d.ts';
import type { Extractor } from '../../search/extract.ts';
import type { PurgeChange, ResourceStore, ResourceStores } from '../../store/contract.ts';
import { type AuditCategory, categoryOf } from '../categories.ts';
import { eventChange } from '../event-change.ts';
import { readSeal, type Seal, sealId } from '../seals/seal.ts';
import { readPeriod } from '../seals/sealed-period.ts';
import { expiryEvent, type Retained, retainedOf } from './retained.ts';

/** For how many days events are kept, by category; those of a category that is absent are kept for ever. */
export type RetentionDays = Partial<Record<AuditCategory, number>>;

export interface RetentionOptions {
  stores: Pick<ResourceStores, 'forTenant'>;
  extract: Extractor;
  days: RetentionDays;
  newId(now: number): string;
}

const day = 86_400_000;

/**
 * Removes the sealed events of a tenant whose time is over. Their seals stay, and each removal leaves an event in the
 * same commit, so that the trail can be verified as before.
 * @param now milliseconds since 1970 UTC
 * @returns how many events it removed
 */
export async function expireEvents(options: RetentionOptions, tenant: string, now: number): Promise<number> {
  const kept = Object.values(options.days).filter((days) => days > 0);
  if (kept.length === 0) return 0;
  const store = options.stores.forTenant(tenant);
  const retained = await retainedOf(store);
  const latest = now - Math.min(...kept) * day;
  let removed = 0;
  for (let number = 1; ; number++) {
    const stored = await store.read('AuditEvent', sealId(number));
    const seal = stored && readSeal(stored);
    if (seal === undefined || seal.to > latest) return removed;
    for (const category of dueCategories(seal, options.days, retained, now)) {
      removed += await expire(options, store, seal, category);
    }
  }
}

function dueCategories(seal: Seal, days: RetentionDays, retained: Retained, now: number): AuditCategory[] {
  const present = new Set(seal.categories.map(({ category }) => category));
  return Object.entries(days)
    .filter(
      ([category, count]) =>
        count > 0 &&
        present.has(category) &&
        seal.to <= now - count * day &&
        !retained.hasExpired(seal.number, category),
    )
    .map(([category]) => category as AuditCategory);
}

/** Another process may come first: then nothing is left to remove. */
async function expire(
  { extract, newId, days }: RetentionOptions,
  store: ResourceStore,
  seal: Seal,
  category: AuditCategory,
): Promise<number> {
  const { events } = await readPeriod(store, seal.from, seal.to, Number.POSITIVE_INFINITY);
  const purges = events
    .filter(({ body }) => categoryOf(JSON.parse(body.toString('utf8')) as AuditEvent) === category)
    .map(
      ({ id, version }): PurgeChange => ({ kind: 'purge', type: 'AuditEvent', id, expectedVersion: version }),
    );
  if (purges.length === 0) return 0;
  const expiry = { category, seal: seal.number, count: purges.length, days: days[category] ?? 0 };
  const now = Date.now();
  const record = eventChange(newId(now), expiryEvent(expiry, now), now, extract);
  const result = await store.commit([...purges, record]);
  return result.ok ? purges.length : 0;
}
