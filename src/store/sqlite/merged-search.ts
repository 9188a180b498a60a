import type { SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery, StoredVersion, TypesQuery } from '../contract.ts';
import { compareSorted } from '../sorted-values.ts';
import type { SqlValue } from './connection.ts';
import { anotherSearch, cursorOf, type Position, ridsDescend, startOf } from './order.ts';

/** A match, and where it stands in the order of its part. */
interface Candidate {
  version: StoredVersion;
  part: number;
  position: Position;
}

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
  const candidates: Candidate[] = [];
  let goesOn = false;
  for (const [part, query] of parts.entries()) {
    const start = last === undefined ? {} : { cursor: cursorIn(part, last, sort) };
    const page = await search({ ...query, count, places: true, ...start });
    goesOn ||= page.next !== undefined;
    for (const [at, version] of page.matches.entries()) {
      candidates.push({ version, part, position: positionAt(page, at, sort) });
    }
  }
  candidates.sort((a, b) => compareSorted(a.position.values, b.position.values, sort) || a.part - b.part);
  const taken = candidates.slice(0, count);
  const matches = taken.map(({ version }) => version);
  const end = taken.at(-1);
  return end !== undefined && (goesOn || candidates.length > count)
    ? { matches, next: JSON.stringify([end.part, rowOf(end.position)]) }
    : { matches };
}

function rowOf({ rid, values }: Position): SqlValue[] {
  return [rid, ...values];
}

function positionAt({ places }: SearchPage, at: number, sort: readonly SortKey[]): Position {
  return startOf(places?.[at], sort).position as Position;
}

/** Of what has the same sort values, parts before that of the last match are done and parts after it have not begun. */
function cursorIn(
  part: number,
  last: Pick<Candidate, 'part' | 'position'>,
  sort: readonly SortKey[],
): string {
  if (part === last.part) return cursorOf(rowOf(last.position));
  const isDone = part < last.part;
  const rid = isDone === ridsDescend(sort) ? -1 : Number.MAX_SAFE_INTEGER;
  return cursorOf(rowOf({ ...last.position, rid }));
}

function placeOf(cursor: string, sort: readonly SortKey[]): Pick<Candidate, 'part' | 'position'> {
  const [part, row] = parsed(cursor);
  const { position } = startOf(JSON.stringify(row ?? null), sort);
  if (!Number.isSafeInteger(part) || position === undefined) throw anotherSearch();
  return { part: part as number, position };
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
