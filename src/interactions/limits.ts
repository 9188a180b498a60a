import { fhirError } from '../fhir/error.ts';
import { searchTimeout } from '../search/search-timeout.ts';
import type { QueryParameter } from './request.ts';

/** Entries of a page when the caller names no `_count`. */
export const defaultCount = 20;

/** How much one request may ask for. */
export interface Limits {
  /** Entries of a batch or transaction. */
  bundleEntries: number;
  /** The answers to the entries of a batch, or to the reads of a transaction, together. */
  bundleAnswerBytes: number;
  /** Matches on a page of a search, versions on a page of a history. */
  pageResources: number;
  /** Resources that the includes of a page add. */
  includedResources: number;
  /** References that an include with `:iterate` follows from a match. */
  includeSteps: number;
  /** Parameters of one search. */
  searchParameters: number;
  /** Values of all parameters of one search, the alternatives between commas counted one by one. */
  searchValues: number;
  /** Ways through the resource types that one chain or `_has` fans out to. */
  chainWays: number;
  /** How long one search may take, in milliseconds. */
  searchTime: number;
  /** How long counting the matches may take, in milliseconds. */
  totalTime: number;
}

/** @throws FhirError 400 `too-costly` on a search of too many parameters or values */
export function checkSearchSize(query: readonly QueryParameter[], limits: Limits): void {
  if (query.length > limits.searchParameters) {
    throw fhirError(400, 'too-costly', `A search takes at most ${limits.searchParameters} parameters`);
  }
  const values = query.reduce((sum, [, value]) => sum + value.split(',').length, 0);
  if (values > limits.searchValues) {
    const advice = 'split the search, or keep the values in a List and search by _list';
    throw fhirError(
      400,
      'too-costly',
      `A search takes at most ${limits.searchValues} values in all: ${advice}`,
    );
  }
}

/** The parameters with a `_count` over the limit lowered to it, as the links of a page say it. */
export function withLoweredCount(query: readonly QueryParameter[], limits: Limits): QueryParameter[] {
  return query.map((parameter) =>
    parameter[0] === '_count' && Number(parameter[1]) > limits.pageResources
      ? ['_count', String(limits.pageResources)]
      : [...parameter],
  );
}

/**
 * Holds a search that reads the store several times to its time.
 * @returns a check that throws FhirError 503 `timeout` when the time is over
 */
export function searchDeadline({ searchTime }: Limits): () => void {
  const end = performance.now() + searchTime;
  return () => {
    if (performance.now() < end) return;
    throw searchTimeout();
  };
}
