import { createHash } from 'node:crypto';
import { fhirError } from '../../fhir/error.ts';
import type { SortKey } from '../../search/expression.ts';
import type { SearchQuery } from '../contract.ts';
import { isCreationKey } from './creation-key.ts';
import type { SortValue } from './documents.ts';
import { isRangeFamily, sortName } from './index-keys.ts';

/**
 * Where a page starts: after the document with this creation key, whose sort values are these (`null`: it has none).
 * The key is given at creation and stays, so that a page never moves under writes.
 */
export interface Position {
  /** Of the search: see `fingerprintOf`. */
  search: string;
  key: string;
  values: (SortValue | null)[];
}

/** The text of a position, as `SearchPage.next`. */
export function cursorOf({ search, key, values }: Position): string {
  return JSON.stringify([search, key, ...values.map(writtenValue)]);
}

/** @throws FhirError 400 when the text is no cursor of this search */
export function positionOf(
  cursor: string,
  query: Pick<SearchQuery, 'type' | 'expression' | 'sort'>,
): Position {
  const row = parsed(cursor);
  const [search, key, ...values] = Array.isArray(row) ? row.map(readValue) : [];
  const isOfQuery = search === fingerprintOf(query) && values.length === query.sort.length;
  if (!isOfQuery || !isCreationKey(key) || values.includes(undefined)) throw anotherSearch();
  return { search, key, values: values as (SortValue | null)[] };
}

/**
 * What tells a search from others. The bounds of ranges are left out: they may follow the clock, as those of a date
 * that is about now do.
 */
export function fingerprintOf({
  type,
  expression,
  sort,
}: Pick<SearchQuery, 'type' | 'expression' | 'sort'>): string {
  const text = JSON.stringify([type, expression, sort], (name, value) => (name === 'tests' ? [] : value));
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}

export function anotherSearch(): Error {
  return fhirError(400, 'value', 'The page link belongs to another search');
}

/** JSON has no infinite numbers, open periods have. */
function writtenValue(value: SortValue | null): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { infinite: Math.sign(value) } : value;
}

function readValue(written: unknown): SortValue | null | undefined {
  if (written === null || typeof written === 'string' || typeof written === 'number') return written;
  const { infinite } = written as { infinite?: unknown };
  return infinite === 1 || infinite === -1 ? infinite * Number.POSITIVE_INFINITY : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Documents that are equal in all sort keys follow each other in the order of creation, or backwards with the first key. */
export function keysDescend(sort: readonly SortKey[]): boolean {
  return sort[0]?.descending ?? false;
}

/** The fields that hold the values of a sort key: of several values the lowest, or the highest when descending. */
export function sortFields({ parameter, family, descending, parts = [] }: SortKey): string[] {
  if (family === 'id') return ['id'];
  if (family === 'lastUpdated') return ['updated'];
  const bounds = descending ? 'highest' : 'lowest';
  return [parameter, ...parts].map((code) => `${bounds}.${sortName(family, code)}`);
}

/** The value before all others of a sort key: what has none is no match of a comparison with it. */
export function firstValue({ family }: SortKey): SortValue {
  return family === 'lastUpdated' || (family !== 'id' && isRangeFamily(family))
    ? Number.NEGATIVE_INFINITY
    : '';
}
