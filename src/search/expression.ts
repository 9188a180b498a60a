import type { TextPart } from './text-parts.ts';

/**
 * The search expression tree: what `parse` makes of a search URL, what the rewriters transform and what
 * each store compiles. A node names the search parameter by its code within the type that is searched.
 */
export type Expression =
  | { kind: 'and'; operands: Expression[] }
  | { kind: 'or'; operands: Expression[] }
  | { kind: 'not'; operand: Expression }
  | { kind: 'ids'; ids: string[] }
  | { kind: 'lastUpdated'; tests: RangeTest[] }
  | TokenExpression
  | StringExpression
  | { kind: 'date' | 'number'; parameter: string; tests: RangeTest[] }
  | QuantityExpression
  | { kind: 'uri'; parameter: string; value: string; match?: 'prefix' }
  | ReferenceExpression
  | NearExpression
  | TextExpression
  | MissingExpression
  | ChainExpression
  | HasExpression;

/**
 * A condition on one bound of an indexed range. The tests of one node are all met by the same indexed value.
 * Comparators (`ge`, `sa`…) are reduced to such tests by the parser. A `lastUpdated` node tests its instant,
 * always as the bound `low`.
 */
export interface RangeTest {
  bound: 'low' | 'high';
  operator: '<' | '<=' | '>' | '>=';
  value: number;
}

/** `system` absent: any system; `null`: the value has no system. `code` absent: any code. */
export interface TokenExpression {
  kind: 'token';
  parameter: string;
  system?: string | null;
  code?: string;
}

/** `value` is folded (see `foldedKey`) for `prefix`, `contains` and `whole`, and as written for `exact`. */
export interface StringExpression {
  kind: 'string';
  parameter: string;
  match: 'prefix' | 'contains' | 'whole' | 'exact';
  value: string;
}

/** `unit` is a code of `system` when `system` is given, else a code or a printed unit. */
export interface QuantityExpression {
  kind: 'quantity';
  parameter: string;
  tests: RangeTest[];
  system?: string;
  unit?: string;
}

/**
 * A reference to a resource of this server (`type` and `id`; `type` absent: any of the parameter's targets), or
 * to an absolute URL elsewhere, or by logical identifier.
 */
type ReferenceExpression =
  | { kind: 'reference'; parameter: string; type?: string; id: string }
  | { kind: 'reference'; parameter: string; url: string };

/** A position (degrees) that is at most `distance` (metres) away from this one. */
export interface NearExpression {
  kind: 'near';
  parameter: string;
  latitude: number;
  longitude: number;
  distance: number;
}

/** Words in the text of the resource; see `resourceText`. */
export interface TextExpression {
  kind: 'text';
  part: TextPart;
  query: TextQuery;
}

/** A phrase: words (see `wordsOf`) that follow each other, of which the last may go on; or several of them. */
export type TextQuery =
  | { words: string[]; prefix?: true }
  | { any: TextQuery[] }
  | { all: TextQuery[]; none: TextQuery[] };

interface MissingExpression {
  kind: 'missing';
  parameter: string;
  /** The parameter is a composite: what counts are its values for any key (see `compositeParameter`). */
  anyKey?: true;
  family: ValueFamily;
  missing: boolean;
}

/** The resources whose reference `parameter` points to a `targetType` that matches `expression`. */
interface ChainExpression {
  kind: 'chain';
  parameter: string;
  targetType: string;
  expression: Expression;
  /**
   * The references are canonical: instead of holding the type and the id of the target, their `url` equals a value
   * that the target has of `ownCanonicalsParameter`, a URI. Contained resources are no targets of them.
   */
  canonical?: true;
}

/** The resources to which the reference `parameter` of a `sourceType` that matches `expression` points. */
interface HasExpression {
  kind: 'has';
  parameter: string;
  sourceType: string;
  expression: Expression;
  /** As in `ChainExpression`. */
  canonical?: true;
}

/** The families of indexed values; each store keeps one index structure a family. */
export type ValueFamily = 'string' | 'token' | 'date' | 'number' | 'quantity' | 'reference' | 'uri';

export interface SortKey {
  /** A search parameter code, or `_id` or `_lastUpdated`. */
  parameter: string;
  family: ValueFamily | 'id' | 'lastUpdated';
  descending: boolean;
  /** Other parameters whose values count among those of this one: see `parts.ts`. */
  parts?: readonly string[];
}
