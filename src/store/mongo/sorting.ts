import { type Document, ObjectId } from 'mongodb';
import type { SortKey } from '../../search/expression.ts';
import type { SortValue } from './documents.ts';
import { allOf, anyOf, type Filter, nothing } from './filters.ts';
import { firstValue, keysDescend, type Position, sortFields } from './order.ts';

/** A part of the matches in the order of an index. */
export interface SortedPart {
  filter: Filter;
  order: Record<string, 1 | -1>;
}

/** The stages that put matches in order; they answer `_id` and the values `k0`, `k1`… */
export function sortStages(
  filter: Filter,
  sort: readonly SortKey[],
  position: Position | undefined,
  limit: number,
): Document[] {
  const values = sort.map((key, at) => [`k${at}`, valueStage(key)]);
  const missing = sort.map((_, at) => [`n${at}`, { $cond: [{ $gt: [`$k${at}`, null] }, 0, 1] }]);
  const order = sort.flatMap(({ descending }, at): [string, 1 | -1][] => [
    [`n${at}`, 1],
    [`k${at}`, descending ? -1 : 1],
  ]);
  return [
    { $match: filter },
    { $project: Object.fromEntries(values) },
    { $addFields: Object.fromEntries(missing) },
    ...(position === undefined ? [] : [{ $match: after(sort, position) }]),
    { $sort: { ...Object.fromEntries(order), _id: keysDescend(sort) ? -1 : 1 } },
    { $limit: limit },
  ];
}

/**
 * The parts of a search with one sort key that follow each other: what has a value, in the order of the index on its
 * field, then what has none, in that of creation.
 */
export function sortedParts(filter: Filter, key: SortKey, position: Position | undefined): SortedPart[] {
  const field = sortFields(key)[0] ?? '_id';
  const step = key.descending ? -1 : 1;
  const last = position?.values[0];
  const afterKey = position && beyond('_id', new ObjectId(position.key), key.descending);
  const valued = {
    filter: allOf([filter, valuesAfter(field, key, last, afterKey)]),
    // Two documents of a tenant have two ids, whose index says so without ending in the creation key.
    order: key.family === 'id' ? { [field]: step } : { [field]: step, _id: step },
  } satisfies SortedPart;
  // Every document has an id and an instant.
  if (key.family === 'id' || key.family === 'lastUpdated') return [valued];
  const valueless = {
    filter: allOf([filter, { [field]: null }, last === null ? (afterKey ?? {}) : {}]),
    order: { _id: step } as const,
  };
  return last === null ? [valueless] : [valued, valueless];
}

function valuesAfter(
  field: string,
  key: SortKey,
  last: SortValue | null | undefined,
  afterKey: Filter | undefined,
): Filter {
  if (last === undefined || last === null || afterKey === undefined)
    return { [field]: { $gte: firstValue(key) } };
  return {
    [field]: { [key.descending ? '$lte' : '$gte']: last },
    $or: [beyond(field, last, key.descending), { [field]: last, ...afterKey }],
  };
}

function valueStage(key: SortKey): unknown {
  const fields = sortFields(key).map((field) => `$${field}`);
  if (fields.length === 1) return fields[0];
  return { [key.descending ? '$max' : '$min']: fields };
}

/** The condition that a row comes after the position; no value comes last in both directions. */
function after(sort: readonly SortKey[], { values, key }: Position): Filter {
  const equal = values.map(
    (value, at): Filter => (value === null ? { [`n${at}`]: 1 } : { [`k${at}`]: value }),
  );
  const later = sort.map(({ descending }, at) => {
    const value = values[at] ?? null;
    if (value === null) return nothing;
    return allOf([...equal.slice(0, at), anyOf([beyond(`k${at}`, value, descending), { [`n${at}`]: 1 }])]);
  });
  return anyOf([...later, allOf([...equal, beyond('_id', new ObjectId(key), keysDescend(sort))])]);
}

function beyond(field: string, value: SortValue | ObjectId, descending: boolean): Filter {
  return { [field]: { [descending ? '$lt' : '$gt']: value } };
}
