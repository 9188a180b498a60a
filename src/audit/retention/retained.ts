import type { AuditEvent } from 'fhir/r4.d.ts';
import type { ResourceStore } from '../../store/contract.ts';
import { searchPages } from '../../store/search-pages.ts';
import { auditEvent } from '../audit-event.ts';
import { trailAgent, trailSystem } from '../seals/seal.ts';

/** The code of the events that tell what has expired. */
const code = 'retention';

/** The events of a category that were removed because their time was over. */
export interface Expiry {
  category: string;
  /** The number of the seal that they were in. */
  seal: number;
  count: number;
  /** How long the category was kept then. */
  days: number;
}

/** What has expired, by seal and category. */
export interface Retained {
  hasExpired(seal: number, category: string): boolean;
}

/** @param now milliseconds since 1970 UTC */
export function expiryEvent({ category, seal, count, days }: Expiry, now: number): AuditEvent {
  return auditEvent({
    type: { system: trailSystem, code },
    subtype: [],
    action: 'D',
    outcome: '0',
    outcomeDesc: 'expired',
    recorded: now,
    agent: [trailAgent],
    entity: [
      {
        detail: [
          { type: 'category', valueString: category },
          { type: 'seal', valueString: String(seal) },
          { type: 'count', valueString: String(count) },
          { type: 'days', valueString: String(days) },
        ],
      },
    ],
  });
}

/** Reads what has expired in a tenant. */
export async function retainedOf(store: ResourceStore): Promise<Retained> {
  const expired = new Set<string>();
  const expression = { kind: 'token' as const, parameter: 'type', system: trailSystem, code };
  const query = { type: 'AuditEvent', expression, sort: [], count: 500 };
  for await (const matches of searchPages(store, query)) {
    for (const { body } of matches) {
      const { entity } = JSON.parse(body.toString('utf8')) as AuditEvent;
      const detail = (name: string) => entity?.[0]?.detail?.find(({ type }) => type === name)?.valueString;
      expired.add(`${detail('seal')} ${detail('category')}`);
    }
  }
  return { hasExpired: (seal, category) => expired.has(`${seal} ${category}`) };
}
