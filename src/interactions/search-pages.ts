import { fhirError } from '../fhir/error.ts';
import type { ResourceStore, SearchPage } from '../store/contract.ts';
import { pacer } from './pacer.ts';
import type { SearchPlan } from './search-plan.ts';

/** Where a page starts: the part of the plan, and the store's cursor in it. */
interface Place {
  part: number;
  cursor?: string;
}

/** Which page of a search is wanted. */
interface Wanted {
  count: number;
  cursor: string | undefined;
  /** Throws when the search has had its time. */
  checkTime: () => void;
}

/** One page of a search over one type, or over several: one after the other, or in one order when they are sorted. */
export async function searchPage(
  store: ResourceStore,
  { parts, result }: Pick<SearchPlan, 'parts' | 'result'>,
  { count, cursor, checkTime }: Wanted,
): Promise<SearchPage> {
  if (parts.length > 1 && result.sort.length > 0) {
    checkTime();
    return store.searchTypes({ parts, count, ...(cursor === undefined ? {} : { cursor }) });
  }
  const held = parts.length > 1 ? await store.heldTypes() : undefined;
  const pause = pacer();
  const matches: SearchPage['matches'] = [];
  let place: Place | undefined = cursor === undefined ? { part: 0 } : placeOf(cursor);
  while (place !== undefined) {
    const part = parts[place.part];
    if (part === undefined) break;
    checkTime();
    await pause();
    if (held !== undefined && !held.has(part.type)) {
      place = { part: place.part + 1 };
      continue;
    }
    const room = count - matches.length;
    const found: SearchPage = await store.search({
      ...part,
      // A look at the next part tells whether there is a next page.
      count: Math.max(room, 1),
      ...(place.cursor === undefined ? {} : { cursor: place.cursor }),
    });
    if (room === 0 && found.matches.length > 0) return { matches, next: textOf(place) };
    matches.push(...found.matches);
    if (found.next !== undefined) {
      return { matches, next: textOf({ part: place.part, cursor: found.next }) };
    }
    place = { part: place.part + 1 };
  }
  return { matches };
}

/** The number of matches, or `undefined` when it cannot be had within `budget` milliseconds. */
export async function countMatches(
  store: ResourceStore,
  { parts }: SearchPlan,
  budget: number,
): Promise<number | undefined> {
  const deadline = Date.now() + budget;
  const held = parts.length > 1 ? await store.heldTypes() : undefined;
  const pause = pacer();
  let total = 0;
  for (const { type, expression } of parts.filter(({ type }) => held?.has(type) ?? true)) {
    await pause();
    const count = await store.count(type, expression, deadline - Date.now());
    if (count === undefined) return undefined;
    total += count;
  }
  return total;
}

function textOf({ part, cursor = '' }: Place): string {
  return `${part}:${cursor}`;
}

/** @throws FhirError 400 when the cursor is none of a search */
function placeOf(text: string): Place {
  const [, part, cursor] = /^(\d+):(.*)$/s.exec(text) ?? [];
  if (part === undefined) throw fhirError(400, 'value', 'The page link belongs to another search');
  return { part: Number(part), ...(cursor === '' || cursor === undefined ? {} : { cursor }) };
}
