import { fhirError } from '../fhir/error.ts';
import type { Expression } from '../search/expression.ts';
import { conditionKey, parseSearch } from '../search/parse.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import type { Access } from './access.ts';
import { checkSearchSize } from './limits.ts';
import type { QueryParameter } from './request.ts';
import type { Spine } from './spine.ts';
import { parametersOfSearch } from './terminology/search-terminology.ts';

/** The search condition of a conditional interaction or reference, such as `identifier=sys|1`. */
export interface Condition {
  type: string;
  query: readonly QueryParameter[];
  /** One text for all writings of the same condition; claimed on commit. */
  key: string;
}

/** Splits a query string into decoded parameters, in order. */
export function parseQuery(text: string): QueryParameter[] {
  return [...new URLSearchParams(text)];
}

/**
 * The criteria of an `If-None-Exist` header: what would follow the question mark in the URL of a search (http.html#ccreate).
 * Many clients send the whole URL, relative or absolute, which means the same.
 */
export function searchCriteria(header: string, type: string, baseUrl: string): string {
  const mark = header.indexOf('?');
  const address = header.slice(0, Math.max(mark, 0)).trim();
  return address === type || address === `${baseUrl}/${type}` ? header.slice(mark + 1) : header;
}

/**
 * Reads the condition of an `If-None-Exist` header or a conditional reference.
 * @param expression where the condition stands, for the issue
 * @throws FhirError 412 when it holds no criterion: it would match everything
 */
export function parseCondition(type: string, text: string, expression: string): Condition {
  const query = parseQuery(text.replace(/^\?/, '')).filter(([, value]) => value !== '');
  if (query.length === 0) {
    throw fhirError(412, 'incomplete', 'The condition must hold at least one search criterion', expression);
  }
  return { type, query, key: conditionKey(type, query) };
}

/**
 * What a condition asks of resources.
 * @throws FhirError 400 on a parameter that is not known: ignoring it would widen the condition; 412 when none of them
 *   is a criterion: the condition would match everything
 */
export async function criteriaOf(
  spine: Spine,
  access: Pick<Access, 'store' | 'tenant'>,
  { type, query }: Condition,
): Promise<Expression> {
  checkSearchSize(query, spine.limits);
  const { expression } = parseSearch({
    type,
    query,
    parameters: await parametersOfSearch(spine, access, query),
    baseUrls: [spine.baseUrl],
    strict: true,
    reserved: [],
    mostWays: spine.limits.chainWays,
  });
  if (expression.kind === 'and' && expression.operands.length === 0) {
    throw fhirError(412, 'incomplete', 'The condition must hold at least one search criterion');
  }
  return expression;
}

/**
 * The first matches of a condition: two by default, which is what telling none, one and several takes.
 * @param access of who sets the condition
 * @throws FhirError as `criteriaOf`
 */
export async function matchesOf(
  spine: Spine,
  access: Pick<Access, 'store' | 'tenant'>,
  store: ResourceStore,
  condition: Condition,
  limit?: number,
): Promise<StoredVersion[]> {
  return firstMatches(store, condition.type, await criteriaOf(spine, access, condition), limit);
}

/** The same of criteria that are known. */
export async function firstMatches(
  store: ResourceStore,
  type: string,
  expression: Expression,
  limit = 2,
): Promise<StoredVersion[]> {
  return (await store.search({ type, expression, sort: [], count: limit })).matches;
}
