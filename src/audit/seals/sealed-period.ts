import type { ResourceStore, StoredVersion } from '../../store/contract.ts';
import { sealNumber } from './seal.ts';

/** Events read at once. */
const pageSize = 500;

/** The events of a period and the seals that were written in it. */
export interface PeriodContents {
  /** In the order of a seal: by their instants, those of one instant by their ids. */
  events: StoredVersion[];
  seals: StoredVersion[];
  /** There is more after this instant (milliseconds since 1970 UTC); absent where the period was read to its end. */
  end?: number;
}

/**
 * The events after an instant, up to another one or to about `most` of them: an instant is never divided.
 * @param from milliseconds since 1970 UTC, excluded
 * @param to included
 */
export async function readPeriod(
  store: ResourceStore,
  from: number,
  to: number,
  most: number,
): Promise<PeriodContents> {
  const found: StoredVersion[] = [];
  let cursor: string | undefined;
  for (;;) {
    const { versions, next } = await store.changes({
      type: 'AuditEvent',
      count: pageSize,
      oldestFirst: true,
      since: from + 1,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const version of versions) {
      const isNewInstant = version.lastUpdated !== found.at(-1)?.lastUpdated;
      if (version.lastUpdated > to) return contents(found);
      if (found.length >= most && isNewInstant) {
        return { ...contents(found), end: (found.at(-1) as StoredVersion).lastUpdated };
      }
      found.push(version);
    }
    if (next === undefined) return contents(found);
    cursor = next;
  }
}

function contents(versions: readonly StoredVersion[]): PeriodContents {
  const found = versions.toSorted(
    (a, b) => a.lastUpdated - b.lastUpdated || (a.id < b.id ? -1 : 1) || a.version - b.version,
  );
  return {
    events: found.filter(({ id }) => sealNumber(id) === undefined),
    seals: found.filter(({ id }) => sealNumber(id) !== undefined),
  };
}
