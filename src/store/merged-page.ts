import type { SortKey } from '../search/expression.ts';
import type { SearchPage, StoredVersion } from './contract.ts';
import { compareSorted } from './sorted-values.ts';

/** Where a match stands in the order of its part of a search over several types. */
export interface PlaceInPart<P> {
  part: number;
  position: P;
}

interface Merging<P> {
  count: number;
  sort: readonly SortKey[];
  /** The position of the match at this place of the page of a part. */
  positionAt(page: SearchPage, at: number, part: number): P;
  /** A position as JSON can say it. */
  written(position: P): unknown;
}

/**
 * One page of those of the parts of a search over several types: by the sort values, then by the parts. Its cursor
 * names the last match, as `cursorParts` reads it.
 */
export function mergedPage<P extends { values: Parameters<typeof compareSorted>[0] }>(
  pages: readonly SearchPage[],
  { count, sort, positionAt, written }: Merging<P>,
): SearchPage {
  const candidates = pages.flatMap((page, part) =>
    page.matches.map((version, at): PlaceInPart<P> & { version: StoredVersion } => {
      return { version, part, position: positionAt(page, at, part) };
    }),
  );
  candidates.sort((a, b) => compareSorted(a.position.values, b.position.values, sort) || a.part - b.part);
  const taken = candidates.slice(0, count);
  const matches = taken.map(({ version }) => version);
  const end = taken.at(-1);
  const goesOn = candidates.length > count || pages.some(({ next }) => next !== undefined);
  return end !== undefined && goesOn
    ? { matches, next: JSON.stringify([end.part, written(end.position)]) }
    : { matches };
}

/** What the cursor of a merged page holds, part and position, neither checked; nothing when it is no such cursor. */
export function cursorParts(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(cursor);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
