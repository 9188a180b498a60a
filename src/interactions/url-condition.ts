import { fhirError } from '../fhir/error.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import { type Condition, matchesOf, parseCondition } from './condition.ts';
import type { FhirRequest, QueryParameter } from './request.ts';
import type { Spine } from './spine.ts';

/** Parameters of a write's URL that say how it is done, not what it is done to. */
const instructions = new Set(['_format', '_pretty', '_summary', '_elements', '_cascade']);
/** Search result parameters: they narrow nothing, so whoever sends one means something else than will be done. */
const resultParameters =
  /^_(sort|count|total|include|revinclude|contained|containedType|maxresults|score|page)(:|$)/;

/** True when the URL of a write on a type names its resource by a condition. */
export function isConditional({ query }: FhirRequest): boolean {
  return criteria(query).length > 0;
}

/**
 * The condition in the URL of a conditional update, patch or delete (http.html#cond-update).
 * @throws FhirError 412 when it holds no criterion, 400 on a parameter that is none
 */
export function urlCondition({ query }: FhirRequest, type: string): Condition {
  const found = criteria(query);
  const misplaced = found.find(([name]) => resultParameters.test(name));
  if (misplaced !== undefined) {
    throw fhirError(400, 'not-supported', 'A condition takes search criteria alone', 'http.url');
  }
  return parseCondition(type, new URLSearchParams(found.map(([...pair]) => pair)).toString(), 'http.url');
}

function criteria(query: readonly QueryParameter[]): QueryParameter[] {
  return query.filter(([name]) => !instructions.has(name));
}

/**
 * The one match of a condition, `undefined` when there is none.
 * @param expression where the condition stands
 * @throws FhirError 412 when several resources match
 */
export async function onlyMatch(
  spine: Spine,
  { access }: FhirRequest,
  store: ResourceStore,
  condition: Condition,
  expression: string,
): Promise<StoredVersion | undefined> {
  const [existing, another] = await matchesOf(spine, access, store, condition);
  if (another !== undefined) {
    throw fhirError(412, 'multiple-matches', 'Several resources match the condition', expression);
  }
  return existing;
}
