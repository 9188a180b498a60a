import type { SortKey } from '../search/expression.ts';

/** No store sorts by buffers, which are among the values of SQLite's rows. */
type SortValue = string | number | Buffer;

/** Numbers by value, texts by the bytes of UTF-8, which is by code point: as databases compare them. */
export function compareSortValues(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** Compares the values of sort keys one by one; no value (`null`) comes last in both directions. */
export function compareSorted(
  one: readonly (SortValue | null)[],
  other: readonly (SortValue | null)[],
  sort: readonly SortKey[],
): number {
  for (const [at, { descending }] of sort.entries()) {
    const [a = null, b = null] = [one[at], other[at]];
    if (a === null && b === null) continue;
    if (a === null || b === null) return a === null ? 1 : -1;
    const order = compareSortValues(a, b);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}
