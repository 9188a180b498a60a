/** A condition on a document, in the query language of MongoDB. */
export type Filter = Readonly<Record<string, unknown>>;

/** The condition that no document meets. */
export const nothing: Filter = { _id: { $in: [] } };

export function isNothing(filter: Filter): boolean {
  return filter === nothing;
}

/** All of the conditions; none of them: every document. */
export function allOf(filters: readonly Filter[]): Filter {
  const conditions = filters.filter((filter) => Object.keys(filter).length > 0);
  if (conditions.length <= 1) return conditions[0] ?? {};
  return { $and: conditions };
}

/** One of the conditions; none of them: no document. */
export function anyOf(filters: readonly Filter[]): Filter {
  const conditions = filters.filter((filter) => !isNothing(filter));
  if (conditions.length <= 1) return conditions[0] ?? nothing;
  return { $or: conditions };
}

export function not(filter: Filter): Filter {
  return { $nor: [filter] };
}
