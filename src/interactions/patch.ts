import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { checkSize } from '../fhir/patch/check-size.ts';
import { applyFhirPathPatch } from '../fhir/patch/fhirpath-patch.ts';
import { applyJsonPatch } from '../fhir/patch/json-patch.ts';
import { applyXmlPatch } from '../fhir/patch/xml-patch.ts';
import type { Resource } from '../fhir/resource.ts';
import type { StoredVersion } from '../store/contract.ts';
import { checkId } from './identifiers.ts';
import { checkWritePreconditions } from './preconditions.ts';
import { visibleBody } from './presentation.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';
import { replacement } from './update.ts';
import { onlyMatch, urlCondition } from './url-condition.ts';
import type { Target, Write } from './write.ts';

/** The media types of a JSON Patch (RFC 6902) and an XML Patch (RFC 5261, 7351). */
const jsonPatchType = 'application/json-patch+json';
const xmlPatchType = 'application/xml-patch+xml';

/** A patch made ready: from the resource as it is to the resource as it shall be. */
type Patch = (resource: Resource) => unknown;

/**
 * patch (http.html#patch) by a JSON Patch, an XML Patch or a FHIRPath Patch; all of its operations or none.
 * @throws FhirError 400 when there is no patch; when found, 404, 410, 412, and 400, 409 or 422 when the patch cannot
 *   be applied; when planned, 422 when its result is not valid
 */
export function patch(spine: Spine, request: FhirRequest, type: string, id: string): Write {
  checkId(id, `${type}.id`);
  const apply = readPatch(spine, request);
  return {
    request,
    async find(store) {
      const current = await store.read(type, id);
      if (current === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);
      if (current.deleted) throw fhirError(410, 'deleted', `${type}/${id} is deleted`);
      return patched(spine, request, current, apply);
    },
  };
}

/**
 * conditional patch (http.html#patch) of the one match.
 * @throws FhirError as `patch`; when found, 412 when several resources match
 */
export function conditionalPatch(spine: Spine, request: FhirRequest, type: string): Write {
  const condition = urlCondition(request, type);
  const apply = readPatch(spine, request);
  return {
    request,
    conditionKey: condition.key,
    async find(store) {
      const match = await onlyMatch(spine, request, store, condition, 'http.url');
      if (match === undefined) throw fhirError(404, 'not-found', `No ${type} matches the condition`);
      return patched(spine, request, match, apply);
    },
  };
}

function patched(spine: Spine, request: FhirRequest, current: StoredVersion, apply: Patch): Target {
  checkWritePreconditions(request.headers, current);
  // What the caller may not see cannot be tested, copied or moved; the rules of the type keep it, as on an update.
  const before = parseJson(visibleBody(spine, current)) as Resource;
  const resource = keepingIdentity(apply(before), before);
  return replacement(spine, request, { resource, id: current.id, current, method: 'PATCH' });
}

/** @throws FhirError 422 when a patch changed what says which resource and version it is */
function keepingIdentity(after: unknown, before: Resource): Resource {
  if (typeof after !== 'object' || after === null || Array.isArray(after)) {
    throw fhirError(422, 'structure', 'The patch leaves no resource', before.resourceType);
  }
  checkSize(after);
  const resource = after as Resource;
  for (const name of ['resourceType', 'id'] as const) {
    if (resource[name] !== before[name]) throw immutable(`${before.resourceType}.${name}`);
  }
  const version = resource.meta?.versionId;
  if (version !== undefined && version !== before.meta?.versionId) {
    throw immutable(`${before.resourceType}.meta.versionId`);
  }
  return resource;
}

function immutable(expression: string) {
  return fhirError(422, 'business-rule', 'A patch cannot change this element', expression);
}

/** @throws FhirError 400 when the request holds no patch */
function readPatch({ definitions }: Spine, { jsonPatch, xmlPatch, body }: FhirRequest): Patch {
  if (jsonPatch !== undefined) return (resource) => applyJsonPatch(resource, jsonPatch);
  if (xmlPatch !== undefined) return (resource) => applyXmlPatch(resource, xmlPatch);
  if (body?.resourceType === 'Parameters') {
    return (resource) => applyFhirPathPatch(resource, body, definitions);
  }
  // In a bundle, whose entries hold resources alone, the other patches come in a Binary (http.html#patch).
  if (body?.resourceType === 'Binary') return readBinary(body);
  const diagnostics = `The body must be a patch (${jsonPatchType}, ${xmlPatchType}) or a Parameters resource`;
  throw fhirError(400, 'required', diagnostics);
}

function readBinary({ contentType, data }: Resource): Patch {
  if (contentType !== jsonPatchType && contentType !== xmlPatchType) {
    const diagnostics = `The Binary must hold ${jsonPatchType} or ${xmlPatchType}`;
    throw fhirError(400, 'value', diagnostics, 'Binary.contentType');
  }
  if (typeof data !== 'string') throw fhirError(400, 'required', 'The Binary holds no patch', 'Binary.data');
  const bytes = Buffer.from(data, 'base64');
  if (contentType === xmlPatchType) return (resource) => applyXmlPatch(resource, bytes.toString('utf8'));
  const operations = parseJson(bytes);
  return (resource) => applyJsonPatch(resource, operations);
}
