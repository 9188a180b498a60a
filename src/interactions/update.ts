import { fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ConditionClaim, ResourceStore, StoredVersion } from '../store/contract.ts';
import { checkId, newId } from './identifiers.ts';
import { checkWritePreconditions } from './preconditions.ts';
import { preparePutOf, resourceOf } from './preparation.ts';
import { writeResponse } from './presentation.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';
import { onlyMatch, urlCondition } from './url-condition.ts';
import type { Target, Write } from './write.ts';

/**
 * update, which creates where the id was never used or is deleted (http.html#update, #upsert).
 * @throws FhirError 400 when the ids differ; when found, 412; when planned, 422
 */
export function update(spine: Spine, request: FhirRequest, type: string, id: string): Write {
  const resource = resourceOf(request, type);
  checkId(id, `${type}.id`);
  checkSameId(resource.id, type, id);
  return {
    request,
    async find(store) {
      const { ifMatch, ifNoneMatch } = request.headers;
      // A condition is judged by the current version; without one a version that is no longer it shows on commit.
      const isConditional = ifMatch !== undefined || ifNoneMatch !== undefined;
      const current = await store.read(type, id, isConditional ? {} : { toReplace: true });
      checkWritePreconditions(request.headers, current);
      return replacement(spine, request, { resource, id, current, method: 'PUT' });
    },
  };
}

/**
 * conditional update (http.html#cond-update): the one match is replaced; without a match a resource is created,
 * under the id of the body if it has one.
 * @throws FhirError 400; when found, 412 when several resources match, 400 when the match has another id than the
 *   body, 409 when nothing matches and the id of the body is in use; when planned, 422
 */
export function conditionalUpdate(spine: Spine, request: FhirRequest, type: string): Write {
  const resource = resourceOf(request, type);
  const condition = urlCondition(request, type);
  if (resource.id !== undefined) checkId(resource.id, `${type}.id`);
  const id = resource.id ?? newId(Date.now());
  return {
    request,
    conditionKey: condition.key,
    async find(store: ResourceStore, stale): Promise<Target> {
      const match = await onlyMatch(spine, request, store, condition, 'http.url');
      checkWritePreconditions(request.headers, match);
      const claim = { key: condition.key, ...(stale === undefined ? {} : { stale }) };
      if (match !== undefined) {
        if (resource.id !== undefined) checkSameId(resource.id, type, match.id);
        return replacement(spine, request, { resource, id: match.id, current: match, method: 'PUT' });
      }
      const current = resource.id === undefined ? undefined : await store.read(type, id);
      if (current !== undefined && !current.deleted) {
        throw fhirError(
          409,
          'conflict',
          `${type}/${id} exists, and does not match the condition`,
          `${type}.id`,
        );
      }
      return replacement(spine, request, { resource, id, current, method: 'PUT', claim });
    },
  };
}

interface Replacement {
  resource: Resource;
  id: string;
  current: StoredVersion | undefined;
  method: 'PUT' | 'PATCH';
  claim?: ConditionClaim;
}

/** The target of an update: a resource that takes the place of the current version, or comes into being. */
export function replacement(
  spine: Spine,
  request: FhirRequest,
  { resource, id, current, method, claim }: Replacement,
): Target {
  return {
    key: { type: resource.resourceType, id },
    version: (current?.version ?? 0) + 1,
    writes: true,
    resource,
    async plan(rewritten = resource, means) {
      const input = { resource: rewritten, id, current, method, now: Date.now(), by: request.access };
      const { change, version, warnings } = await preparePutOf(spine, request, { ...input, means });
      if (claim !== undefined) change.claim = claim;
      const status = current === undefined || current.deleted ? 201 : 200;
      const answer = writeResponse(spine, request, status, version, warnings);
      return { changes: [change], answer, resource: rewritten };
    },
  };
}

/** @throws FhirError 400 when the id of the body is missing or is not that of the resource */
function checkSameId(found: unknown, type: string, id: string): void {
  if (found !== id) {
    const problem = found === undefined ? 'is missing' : 'differs from the id of what is to be updated';
    throw fhirError(
      400,
      found === undefined ? 'required' : 'value',
      `The id of the resource ${problem}`,
      `${type}.id`,
    );
  }
}
