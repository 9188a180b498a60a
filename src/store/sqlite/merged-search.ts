import type { SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery, TypesQuery } from '../contract.ts';
import { cursorParts, mergedPage, type PlaceInPart } from '../merged-page.ts';
import type { SqlValue } from './connection.ts';
import { anotherSearch, cursorOf, type Position, ridsDescend, startOf } from './order.ts';

/**
 * One page over several types in one order: by the sort values, then by the parts, then within a part as always. The
 * page starts after one match, which alone tells where each part goes on.
 * @throws FhirError 400 when the cursor is of another search
 */
export async function searchTypes(
  search: (query: SearchQuery) => Promise<SearchPage>,
  { parts, count, cursor }: TypesQuery,
): Promise<SearchPage> {
  if (count <= 0) return { matches: [] };
  const sort = parts[0]?.sort ?? [];
  const last = cursor === undefined ? undefined : placeOf(cursor, sort);
  const pages: SearchPage[] = [];
  for (const [part, query] of parts.entries()) {
    const start = last === undefined ? {} : { cursor: cursorIn(part, last, sort) };
    pages.push(await search({ ...query, count, places: true, ...start }));
  }
  return mergedPage(pages, {
    count,
    sort,
    positionAt: ({ places }, at) => startOf(places?.[at], sort).position as Position,
    written: rowOf,
  });
}

function rowOf({ rid, values }: Position): SqlValue[] {
  return [rid, ...values];
}

/** Of what has the same sort values, parts before that of the last match are done and parts after it have not begun. */
function cursorIn(part: number, last: PlaceInPart<Position>, sort: readonly SortKey[]): string {
  if (part === last.part) return cursorOf(rowOf(last.position));
  const isDone = part < last.part;
  const rid = isDone === ridsDescend(sort) ? -1 : Number.MAX_SAFE_INTEGER;
  return cursorOf(rowOf({ ...last.position, rid }));
}

function placeOf(cursor: string, sort: readonly SortKey[]): PlaceInPart<Position> {
  const [part, row] = cursorParts(cursor);
  const { position } = startOf(JSON.stringify(row ?? null), sort);
  if (!Number.isSafeInteger(part) || position === undefined) throw anotherSearch();
  return { part: part as number, position };
}
