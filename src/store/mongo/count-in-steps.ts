import type { Collection, Document } from 'mongodb';
import { allOf, type Filter } from './filters.ts';

/** Index entries that one call counts: some tenths of a second. */
const stepSize = 100_000;

export interface Counted {
  condition: Filter;
  /** An index that holds the condition and then the fields of the order. */
  hint: string;
  /** Fields that are different for each document together. */
  order: readonly string[];
  /** Milliseconds that each call may take. */
  maxTimeMS: number;
}

/** Counts documents along an index in several calls, so that none takes long, however many documents there are. */
export async function countInSteps<T extends Document>(
  collection: Collection<T>,
  { condition, hint, order, maxTimeMS }: Counted,
  size = stepSize,
): Promise<number> {
  const sort = Object.fromEntries(order.map((field) => [field, 1]));
  const last = Object.fromEntries(order.map((field, at) => [`last${at}`, { $last: `$${field}` }]));
  let total = 0;
  for (let after: Filter = {}; ; ) {
    const stages = [
      { $match: allOf([condition, after]) },
      { $sort: sort },
      { $limit: size },
      { $group: { _id: null, count: { $sum: 1 }, ...last } },
    ];
    const [step] = await collection.aggregate<Document>(stages, { hint, maxTimeMS }).toArray();
    if (step === undefined) return total;
    total += step['count'];
    if (step['count'] < size) return total;
    after = beyond(
      order,
      order.map((_, at) => step[`last${at}`]),
    );
  }
}

/** The condition of what comes after these values of the order. */
function beyond(order: readonly string[], values: readonly unknown[]): Filter {
  const alternatives = order.map((field, at) => ({
    ...Object.fromEntries(order.slice(0, at).map((before, n) => [before, values[n]])),
    [field]: { $gt: values[at] },
  }));
  const [first = '_id'] = order;
  // The first field by itself, so that the index is read from there on.
  return alternatives.length === 1
    ? (alternatives[0] as Filter)
    : { [first]: { $gte: values[0] }, $or: alternatives };
}
