import { fhirError } from '../fhir/error.ts';
import { allOf } from './combine.ts';
import { parseCriterion } from './criterion.ts';
import type { Expression } from './expression.ts';
import { patientsOf } from './lists.ts';
import { withPairs } from './pairs.ts';
import type { SearchParameters } from './parameters.ts';
import { type ResultParameters, readResultParameter } from './result-parameters.ts';
import { isSearchable } from './search-parameter.ts';

export type { Include } from './result-parameters.ts';

/** A decoded parameter of a search URL or form. */
type QueryParameter = readonly [name: string, value: string];

/** A search on one resource type, ready for a store. */
export interface SearchRequest extends ResultParameters {
  type: string;
  /** An `and` without operands when nothing narrows the search. */
  expression: Expression;
  /** The parameters that were used, in order, for the self link. */
  applied: QueryParameter[];
  /** Names of the parameters that were not used: unknown, or without a value. */
  ignored: string[];
}

interface SearchInput {
  type: string;
  /** All types of a search that goes on over several; `type` alone by default. */
  types?: readonly string[];
  query: readonly QueryParameter[];
  parameters: SearchParameters;
  /** Absolute URLs of this server, without trailing slash. */
  baseUrls: readonly string[];
  /** Refuse unknown parameters instead of ignoring them (`Prefer: handling=strict`). */
  strict: boolean;
  /** Names that the caller handles itself: neither applied nor ignored. */
  reserved: readonly string[];
  /** The patient whose compartment is searched. */
  patient?: string;
  /** The most ways through the types that one chain or `_has` may fan out to; 64 by default. */
  mostWays?: number;
  /** The instant that `ap` on dates is relative to, in milliseconds since 1970 UTC; the present by default. */
  now?: number;
}

/**
 * Parses a type-level search (search.html). Repeated parameters are all to be met, comma-separated values are
 * alternatives. Error texts never hold a search value.
 * @throws FhirError 400: `value` on a malformed value, `not-supported` on an unsupported modifier or, when
 * strict, on an unknown parameter
 */
export function parseSearch(input: SearchInput): SearchRequest {
  const { type, types = [type], parameters, baseUrls, now = Date.now(), mostWays = 64 } = input;
  const patients = input.patient === undefined ? patientsOf(input.query, baseUrls) : [input.patient];
  const applied: QueryParameter[] = [];
  const ignored: string[] = [];
  const criteria: Expression[] = [];
  const result: ResultParameters = {
    sort: [],
    total: 'none',
    includes: [],
    revincludes: [],
    countOnly: false,
  };
  for (const [name, value] of input.query) {
    if (input.reserved.includes(name) && !isCountSummary(name, value)) {
      continue;
    }
    if (/^,*$/.test(value)) {
      ignored.push(name);
    } else if (readResultParameter(result, type, types, name, value, parameters, input.strict)) {
      applied.push([name, value]);
    } else {
      const criterion = parseCriterion(type, name, value, {
        parameters,
        baseUrls,
        now,
        name,
        patients,
        ways: { taken: 0, most: mostWays },
      });
      if (criterion !== undefined) {
        criteria.push(criterion);
        applied.push([name, value]);
      } else if (input.strict) {
        throw unknownParameter(type, name, parameters);
      } else {
        ignored.push(name);
      }
    }
  }
  return { type, expression: allOf(withPairs(criteria, parameters.list(type))), ...result, applied, ignored };
}

/** One text for all writings of a condition that differ in the order or the encoding of their parameters. */
export function conditionKey(type: string, query: readonly QueryParameter[]): string {
  const parameters = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return `${type}?${parameters.sort().join('&')}`;
}

/** Whoever presents resources may reserve `_summary`; a count has none to present. */
function isCountSummary(name: string, value: string): boolean {
  return name === '_summary' && value === 'count';
}

function unknownParameter(type: string, name: string, parameters: SearchParameters) {
  const codes = parameters
    .list(type)
    .filter(isSearchable)
    .map(({ code }) => code);
  const diagnostics = `Unknown or unsupported search parameter for ${type}: ${name}. Supported: ${codes.join(', ')}`;
  return fhirError(400, 'not-supported', diagnostics, name);
}
