import type { IndexDescription } from 'mongodb';

export type NamedIndex = IndexDescription & { name: string };

/** The indexes of a collection of current or contained resources, by their names. */
export type IndexName =
  | 'id'
  | 'created'
  | 'updated'
  | 'deleted'
  | 'keys'
  | 'range-low'
  | 'range-high'
  | 'words';

/**
 * The indexes of current resources. All begin with the tenant, and those that searches read end in the creation key,
 * so that pages go by it. At most one array is in each. They serve every search parameter: the values of all stand in
 * `keys` and `ranges` under the parameter's name, so that a new parameter needs no new index.
 */
export const currentIndexes: readonly NamedIndex[] = [
  { name: 'id', key: { tenant: 1, id: 1 }, unique: true },
  { name: 'created', key: { tenant: 1, live: 1, _id: 1 } },
  { name: 'updated', key: { tenant: 1, updated: 1, _id: 1 } },
  {
    name: 'deleted',
    key: { tenant: 1, live: 1, updated: 1, _id: 1 },
    partialFilterExpression: { live: false },
  },
  { name: 'keys', key: { tenant: 1, keys: 1, _id: 1 } },
  { name: 'range-low', key: { tenant: 1, 'ranges.p': 1, 'ranges.low': 1, _id: 1 } },
  { name: 'range-high', key: { tenant: 1, 'ranges.p': 1, 'ranges.high': 1, _id: 1 } },
  { name: 'words', key: { tenant: 1, words: 1, _id: 1 } },
];

export const historyIndexes: readonly NamedIndex[] = [
  { name: 'version', key: { tenant: 1, id: 1, version: 1 }, unique: true },
  { name: 'updated', key: { tenant: 1, updated: 1, key: 1, version: 1 } },
];

/** Of identity keys and of claims. */
export const holderIndexes: readonly NamedIndex[] = [
  { name: 'key', key: { tenant: 1, key: 1 }, unique: true },
  { name: 'holder', key: { tenant: 1, type: 1, id: 1 } },
];

export const scopeIndexes: readonly NamedIndex[] = [
  { name: 'type', key: { tenant: 1, type: 1 }, unique: true },
];

export const expiringIndexes: readonly NamedIndex[] = [
  { name: 'expires', key: { expires: 1 }, expireAfterSeconds: 0 },
  {
    name: 'grouped',
    key: { grouped: 1 },
    partialFilterExpression: { grouped: { $exists: true } },
  },
];

/** The index that sorts by a field: made when a search first sorts by it. */
export function sortIndex(field: string): NamedIndex {
  return { name: `sort ${field}`, key: { tenant: 1, live: 1, [field]: 1, _id: 1 } };
}
