import { type FhirError, fhirError } from '../../fhir/error.ts';
import type { Expression } from '../expression.ts';
import type { SearchParameters } from '../parameters.ts';
import type { SearchParameter } from '../search-parameter.ts';

/** What the parsing of one criterion knows about its search. */
export interface CriterionContext {
  parameters: SearchParameters;
  /** Absolute URLs of this server, without trailing slash. */
  baseUrls: readonly string[];
  /** Milliseconds since 1970 UTC, for `ap` on dates. */
  now: number;
  /** The criterion's name as the caller wrote it, for errors. */
  name: string;
  /** Ids of the patients that the search is about, for their current lists. */
  patients: readonly string[];
  /** Ways through the types that the links of the criterion have taken so far. */
  ways: { taken: number; readonly most: number };
}

/**
 * Turns one value of a criterion (a part between commas, escapes still in) into its condition.
 * @throws FhirError 400 `value` when the value is malformed
 */
export type ValueParser = (
  parameter: SearchParameter,
  value: string,
  context: CriterionContext,
  modifier: string | undefined,
) => Expression;

/** The refusal of a malformed value. It says what was expected, never what came: that may be identity data. */
export function malformedValue(name: string, expected: string): FhirError {
  return fhirError(400, 'value', `The value of ${name} is malformed: expected ${expected}`, name);
}

/** The refusal of a modifier, which must never be ignored (search.html#modifiers). */
export function unsupportedModifier(name: string, supported: readonly string[]): FhirError {
  const known = supported.length === 0 ? 'none' : supported.map((modifier) => `:${modifier}`).join(', ');
  return fhirError(400, 'not-supported', `Unsupported modifier in ${name}; supported here: ${known}`, name);
}
