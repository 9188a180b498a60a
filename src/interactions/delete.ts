import { operationOutcome } from '../fhir/error.ts';
import { checkWritePreconditions, preferences } from './preconditions.ts';
import { conflictError, prepareDelete } from './preparation.ts';
import { jsonBody } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * delete: 204 whether or not the resource was there (http.html#delete).
 * @throws FhirError 409 or 412 on a concurrent write
 */
export async function remove(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
): Promise<FhirResponse> {
  const store = spine.stores.forTenant(request.tenant);
  for (let attempt = 0; ; attempt++) {
    const current = await store.read(type, id);
    checkWritePreconditions(request.headers, current);
    if (current === undefined || current.deleted) return deleted(request, type, id, current?.version);
    const change = prepareDelete(current, Date.now());
    const result = await store.commit([change]);
    if (result.ok) return deleted(request, type, id, change.version);
    if (result.conflict.kind !== 'version' || attempt === 9) throw conflictError(result.conflict);
  }
}

function deleted(request: FhirRequest, type: string, id: string, version: number | undefined): FhirResponse {
  const tag = version === undefined ? {} : { version };
  if (preferences(request.headers.prefer).return !== 'OperationOutcome') return { status: 204, ...tag };
  const diagnostics = `${type}/${id} is deleted`;
  const body = jsonBody(operationOutcome([{ severity: 'information', code: 'deleted', diagnostics }]));
  return { status: 200, ...tag, body };
}
