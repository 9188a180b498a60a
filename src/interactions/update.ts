import { fhirError } from '../fhir/error.ts';
import { checkId } from './identifiers.ts';
import { checkWritePreconditions } from './preconditions.ts';
import { conflictError, preparePut, resourceOf } from './preparation.ts';
import { writeResponse } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * update, which creates where the id was never used or is deleted (http.html#update, #upsert).
 * @throws FhirError 400 when the ids differ, 409 or 412 on a concurrent write, 422 when the resource is not valid
 */
export async function update(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
): Promise<FhirResponse> {
  const resource = resourceOf(request, type);
  checkId(id, `${type}.id`);
  checkSameId(resource.id, type, id);
  const store = spine.stores.forTenant(request.tenant);
  for (let attempt = 0; ; attempt++) {
    const current = await store.read(type, id);
    checkWritePreconditions(request.headers, current);
    const input = {
      resource,
      id,
      current,
      method: 'PUT' as const,
      now: Date.now(),
    };
    const { change, version, warnings } = preparePut(spine, input);
    const result = await store.commit([change]);
    if (result.ok) {
      const created = current === undefined || current.deleted;
      return writeResponse(spine, request, created ? 201 : 200, version, warnings);
    }
    // Without If-Match the last writer wins; with it the next round's check says 412.
    if (result.conflict.kind !== 'version' || attempt === 9) throw conflictError(result.conflict);
  }
}

/** @throws FhirError 400 when the id of the body is missing or is not that of the URL */
export function checkSameId(found: unknown, type: string, id: string): void {
  if (found !== id) {
    const problem = found === undefined ? 'is missing' : 'differs from the id of the URL';
    throw fhirError(
      400,
      found === undefined ? 'required' : 'value',
      `The id of the resource ${problem}`,
      `${type}.id`,
    );
  }
}
