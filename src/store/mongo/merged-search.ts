import type { SearchPage, SearchQuery, StoredVersion, TypesQuery } from '../contract.ts';
import { compareSorted } from '../sorted-values.ts';
import { highestKey, lowestKey } from './creation-key.ts';
import { anotherSearch, cursorOf, fingerprintOf, keysDescend, type Position, positionOf } from './order.ts';

/** A match, and where it stands in the order of its part. */
interface Candidate {
  version: StoredVersion;
  part: number;
  position: Position;
}

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
  const candidates = pages.flatMap((page, part) =>
    page.matches.map((version, at): Candidate => {
      return { version, part, position: positionOf(page.places?.[at] ?? '', parts[part] as Part) };
    }),
  );
  candidates.sort((a, b) => compareSorted(a.position.values, b.position.values, sort) || a.part - b.part);
  const taken = candidates.slice(0, count);
  const matches = taken.map(({ version }) => version);
  const end = taken.at(-1);
  const goesOn = candidates.length > count || pages.some(({ next }) => next !== undefined);
  return end !== undefined && goesOn
    ? { matches, next: JSON.stringify([end.part, cursorOf(end.position)]) }
    : { matches };
}

/** Of what has the same sort values, parts before that of the last match are done and parts after it have not begun. */
function cursorIn(part: number, last: Pick<Candidate, 'part' | 'position'>, query: Part): string {
  if (part === last.part) return cursorOf(last.position);
  const isDone = part < last.part;
  const key = isDone === keysDescend(query.sort) ? lowestKey : highestKey;
  return cursorOf({ search: fingerprintOf(query), key, values: last.position.values });
}

function placeOf(cursor: string, parts: readonly Part[]): Pick<Candidate, 'part' | 'position'> {
  const [part, position] = parsed(cursor);
  const query = parts[part as number];
  if (query === undefined || typeof position !== 'string') throw anotherSearch();
  return { part: part as number, position: positionOf(position, query) };
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
