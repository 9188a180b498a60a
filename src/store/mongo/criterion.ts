import { allOf, anyOf, type Filter, isNothing, not, nothing } from './filters.ts';
import type { IndexName } from './indexes.ts';

/** Documents that one index has next to each other. */
export interface IndexRead {
  filter: Filter;
  index: IndexName;
  /** The index has them in the order of creation. */
  inOrder: boolean;
}

/** A condition on a document, and how the documents that meet it can be found. */
export interface Criterion {
  filter: Filter;
  /** Each of them suffices: reads that together give all documents that meet the condition, and others maybe. */
  ways: readonly (readonly IndexRead[])[];
  /** The condition is that this key is there, or one of these. */
  keys?: readonly string[];
}

/** Reads that a union may have: each is a request to the database. */
const mostReads = 8;

export const everyDocument: Criterion = { filter: {}, ways: [] };

const noDocument: Criterion = { filter: nothing, ways: [[]] };

export function criterion(filter: Filter, ...ways: readonly (readonly IndexRead[])[]): Criterion {
  return { filter, ways };
}

/** The documents that have one of these keys. */
export function withKeys(keys: readonly string[]): Criterion {
  const [first] = keys;
  if (first === undefined) return noDocument;
  const filter: Filter = { keys: keys.length === 1 ? first : { $in: keys } };
  return { filter, keys, ways: [[{ filter, index: 'keys', inOrder: keys.length === 1 }]] };
}

/** The documents that have one of these ids. */
export function withIds(ids: readonly string[]): Criterion {
  if (ids.length === 0) return noDocument;
  const filter: Filter = { id: { $in: [...new Set(ids)] } };
  return criterion(filter, [{ filter, index: 'id', inOrder: false }]);
}

export function bothOf(criteria: readonly Criterion[]): Criterion {
  if (criteria.some(({ filter }) => isNothing(filter))) return noDocument;
  return criterion(allOf(criteria.map(({ filter }) => filter)), ...criteria.flatMap(({ ways }) => ways));
}

/** Criteria that ask for keys become one, so that a list of a thousand codes is one read. */
export function eitherOf(criteria: readonly Criterion[]): Criterion {
  const keys = [...new Set(criteria.flatMap((one) => one.keys ?? []))];
  const others = criteria.filter((one) => one.keys === undefined && !isNothing(one.filter));
  if (others.length === 0) return withKeys(keys);
  const all = keys.length === 0 ? others : [withKeys(keys), ...others];
  const filter = anyOf(all.map((one) => one.filter));
  const ways = all.map((one) => one.ways[0]);
  if (!ways.every((way) => way !== undefined)) return criterion(filter);
  const reads = ways.flat();
  return reads.length <= mostReads ? criterion(filter, reads) : criterion(filter);
}

export function exceptFor({ filter }: Criterion): Criterion {
  return criterion(not(filter));
}
