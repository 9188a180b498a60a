const COMPARATORS = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;

/** A prefix of an ordered value (search.html#prefix). */
export type Comparator = (typeof COMPARATORS)[number];

/** Takes the prefix off a value; without one it is `eq`. */
export function splitComparator(value: string): { comparator: Comparator; operand: string } {
  const comparator = COMPARATORS.find((prefix) => value.startsWith(prefix));
  return comparator === undefined
    ? { comparator: 'eq', operand: value }
    : { comparator, operand: value.slice(comparator.length) };
}
