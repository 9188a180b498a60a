/**
 * What both stores index of one resource: values by family, each under the code of its search parameter.
 */
export interface IndexValues {
  /**
   * Counts the changes of the search parameters up to those that the values were taken by. Absent where the
   * parameters never change: the store takes them unchecked.
   */
  generation?: number;
  string: StringValue[];
  token: TokenValue[];
  date: RangeValue[];
  number: RangeValue[];
  quantity: QuantityValue[];
  reference: ReferenceValue[];
  uri: UriValue[];
}

/** `folded` is the form of `foldedKey`; `exact` the value as written. */
export interface StringValue {
  parameter: string;
  folded: string;
  exact: string;
}

/** Without a system `system` is absent; a value with a system alone has no `code`. */
export interface TokenValue {
  parameter: string;
  system?: string;
  code?: string;
}

/**
 * Dates: half-open ranges in milliseconds since 1970 UTC (`low` included, `high` excluded), as wide as their
 * precision. Numbers and quantities: closed ranges, a single number being `low` and `high` at once; the precision
 * of significant digits belongs to the search value alone (search.html#number).
 */
export interface RangeValue {
  parameter: string;
  low: number;
  high: number;
}

export interface QuantityValue extends RangeValue {
  system?: string;
  /** Unit code, and the printed unit where it differs. */
  code?: string;
  unit?: string;
}

/** A local target (`type`, `id`), or an absolute URL elsewhere or canonical, with and without its version. */
type ReferenceValue = { parameter: string } & ({ type: string; id: string } | { url: string });

interface UriValue {
  parameter: string;
  value: string;
}

/** No value in any family, to be filled. */
export function emptyIndexValues(): IndexValues {
  return { string: [], token: [], date: [], number: [], quantity: [], reference: [], uri: [] };
}
