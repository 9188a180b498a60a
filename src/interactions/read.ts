import { fhirError } from '../fhir/error.ts';
import type { StoredVersion } from '../store/contract.ts';
import { notModified } from './preconditions.ts';
import { visibleBody } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * read: the current version (http.html#read).
 * @throws FhirError 404 when the id was never used, 410 when the resource is deleted
 */
export async function read(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
): Promise<FhirResponse> {
  const version = await request.access.store.read(type, id);
  if (version === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);
  return versionResponse(spine, request, version);
}

/**
 * vread: one version of a resource, current or not (http.html#vread).
 * @throws FhirError 404 when there is no such version, 410 when that version is a deletion
 */
export async function vread(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
  versionId: string,
): Promise<FhirResponse> {
  const number = /^[1-9]\d{0,14}$/.test(versionId) ? Number(versionId) : undefined;
  const version = number === undefined ? undefined : await request.access.store.readVersion(type, id, number);
  if (version === undefined) throw fhirError(404, 'not-found', `${type}/${id} has no such version`);
  return versionResponse(spine, request, version);
}

function versionResponse(spine: Spine, request: FhirRequest, version: StoredVersion): FhirResponse {
  if (version.deleted) {
    const when = new Date(version.lastUpdated).toISOString();
    throw fhirError(410, 'deleted', `${version.type}/${version.id} was deleted on ${when}`, undefined, {
      ETag: `W/"${version.version}"`,
    });
  }
  const headers = {
    version: version.version,
    lastModified: version.lastUpdated,
  };
  if (notModified(request.headers, version)) return { status: 304, ...headers };
  return { status: 200, ...headers, body: visibleBody(spine, version) };
}
