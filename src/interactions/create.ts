import { fhirError } from '../fhir/error.ts';
import type { ResourceStore } from '../store/contract.ts';
import { type Condition, matchesOf, parseCondition } from './condition.ts';
import { newId } from './identifiers.ts';
import { conflictError, preparePut, resourceOf } from './preparation.ts';
import { writeResponse } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * create, conditional with `If-None-Exist` (http.html#create, #ccreate).
 * @throws FhirError 400, 412 when several resources match the condition, 422 when the resource is not valid
 */
export async function create(spine: Spine, request: FhirRequest, type: string): Promise<FhirResponse> {
  const resource = resourceOf(request, type);
  const store = spine.stores.forTenant(request.tenant);
  const { ifNoneExist } = request.headers;
  if (ifNoneExist !== undefined) {
    return createUnless(spine, request, store, parseCondition(type, ifNoneExist, 'http.if-none-exist'));
  }
  const now = Date.now();
  const prepared = preparePut(spine, {
    resource,
    id: newId(now),
    current: undefined,
    method: 'POST',
    now,
  });
  const result = await store.commit([prepared.change]);
  if (!result.ok) throw conflictError(result.conflict);
  return writeResponse(spine, request, 201, prepared.version, prepared.warnings);
}

async function createUnless(
  spine: Spine,
  request: FhirRequest,
  store: ResourceStore,
  condition: Condition,
): Promise<FhirResponse> {
  const now = Date.now();
  const input = {
    resource: request.body!,
    id: newId(now),
    current: undefined,
    method: 'POST' as const,
    now,
  };
  const { change, version, warnings } = preparePut(spine, input);
  change.claim = { key: condition.key };
  // A conflict names the holder of the claim: the next search finds it, unless it matches no more.
  for (let attempt = 0; attempt < 5; attempt++) {
    const [existing, another] = await matchesOf(spine, store, condition);
    if (another !== undefined) {
      throw fhirError(412, 'multiple-matches', 'Several resources match the condition', 'http.if-none-exist');
    }
    if (existing !== undefined) return writeResponse(spine, request, 200, existing);
    const result = await store.commit([change]);
    if (result.ok) return writeResponse(spine, request, 201, version, warnings);
    if (result.conflict.kind !== 'claim') throw conflictError(result.conflict);
    change.claim = { key: condition.key, stale: result.conflict.holder };
  }
  throw fhirError(409, 'conflict', 'Other writes kept changing what the condition matches; try again');
}
