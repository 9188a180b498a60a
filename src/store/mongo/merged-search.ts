import type { SearchPage, SearchQuery, TypesQuery } from '../contract.ts';
import { cursorParts, mergedPage, type PlaceInPart } from '../merged-page.ts';
import { highestKey, lowestKey } from './creation-key.ts';
import { anotherSearch, cursorOf, fingerprintOf, keysDescend, type Position, positionOf } from './order.ts';

type Part = TypesQuery['parts'][number];

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
  const last = cursor === undefined ? undefined : placeOf(cursor, parts);
  const pages = await Promise.all(
    parts.map((query, part) => {
      const start = last === undefined ? {} : { cursor: cursorIn(part, last, query) };
      return search({ ...query, count, places: true, ...start });
    }),
  );
  return mergedPage(pages, {
    count,
    sort,
    positionAt: ({ places }, at, part) => positionOf(places?.[at] ?? '', parts[part] as Part),
    written: cursorOf,
  });
}

/** Of what has the same sort values, parts before that of the last match are done and parts after it have not begun. */
function cursorIn(part: number, last: PlaceInPart<Position>, query: Part): string {
  if (part === last.part) return cursorOf(last.position);
  const isDone = part < last.part;
  const key = isDone === keysDescend(query.sort) ? lowestKey : highestKey;
  return cursorOf({ search: fingerprintOf(query), key, values: last.position.values });
}

function placeOf(cursor: string, parts: readonly Part[]): PlaceInPart<Position> {
  const [part, position] = cursorParts(cursor);
  const query = parts[part as number];
  if (query === undefined || typeof position !== 'string') throw anotherSearch();
  return { part: part as number, position: positionOf(position, query) };
}
