import type { ResourceStore } from '../store/contract.ts';

/** Events read at once. */
const pageSize = 500;

/**
 * The AuditEvents of a time as they are stored, the oldest first, as JSON.
 * @param since milliseconds since 1970 UTC, included
 * @param until excluded
 */
export async function* auditEvents(
  store: ResourceStore,
  since = 0,
  until = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  for (let cursor: string | undefined; ; ) {
    const { versions, next } = await store.changes({
      type: 'AuditEvent',
      count: pageSize,
      oldestFirst: true,
      since,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { lastUpdated, deleted, body } of versions) {
      if (lastUpdated >= until) return;
      if (!deleted) yield body.toString('utf8');
    }
    if (next === undefined) return;
    cursor = next;
  }
}
