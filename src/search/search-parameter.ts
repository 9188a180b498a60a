import type { SearchParameterType } from '../fhir/definitions/model.ts';
import type { SortKey } from './expression.ts';
import { textPartOf } from './text-parts.ts';

/**
 * A token and a quantity of a resource, such as `code` and `value-quantity` of Observation, of which a composite has
 * both: where it stands at the root of the resource, it pairs every token with every quantity, so that its index
 * answers a search by the two parameters.
 */
export interface Pair {
  /** Codes of the two parameters. */
  key: string;
  value: string;
  /** Paths of the quantities that the composite leaves out, such as sampled data. */
  rest: readonly string[];
}

/** A search parameter as one resource type has it. */
export interface SearchParameter {
  url: string;
  code: string;
  type: SearchParameterType;
  /** The index that answers it; absent where this server has none (composite, special, without expression). */
  family?: SortKey['family'];
  expression?: string;
  /** Positions (`near` of Location), which are indexed by their coordinates. */
  isPosition?: true;
  /**
   * On a composite parameter: a token and what stands beside it in the same element. Of three components the value
   * and the third, `end`, are numbers: where something starts and ends.
   */
  components?: { key: SearchParameter; value: SearchParameter; end?: SearchParameter };
  /** On a composite: the parameters that it answers together. */
  pair?: Pair;
  /** Resource types that a reference may point to; empty for the other types. */
  targets: readonly string[];
  /** Those of `targets` that an element of type canonical names by their URL; empty without such an element. */
  canonicalTargets: readonly string[];
  /** Codes of the parameters under which a part of the values is indexed: see `parts.ts`. */
  parts: readonly string[];
  description?: string;
}

/** True when the server has an index that answers the parameter. */
export function isSearchable({ code, family, components, isPosition }: SearchParameter): boolean {
  return (
    family !== undefined || components !== undefined || isPosition === true || textPartOf(code) !== undefined
  );
}
