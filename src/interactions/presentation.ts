import type { Issue } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { outcomeFor } from '../fhir/messages/language.ts';
import type { Resource } from '../fhir/resource.ts';
import { plainType } from '../search/contained.ts';
import type { StoredVersion } from '../store/contract.ts';
import { preferences } from './preconditions.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { ResourceRules } from './rules.ts';
import type { Spine } from './spine.ts';

/** Serialises what is not stored: outcomes, bundles, capability statements. */
export function jsonBody(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The bytes that a caller gets of a stored version: as stored, unless the version is restricted. */
export function visibleBody(spine: Spine, version: StoredVersion): Buffer {
  if (!version.restricted) return version.body;
  const redact = spine.rules.get(plainType(version.type))?.redact;
  // Without the rules that restricted it nothing tells what must be hidden.
  if (redact === undefined) throw new Error(`no rule redacts the restricted ${version.type}`);
  const known = redactedBodies.get(version.body);
  if (known?.redact === redact) return known.body;
  const body = jsonBody(redact(parseJson(version.body) as Resource));
  redactedBodies.set(version.body, { redact, body });
  return body;
}

/** What was hidden in a body that a store still holds, as searches are answered from over and over. */
const redactedBodies = new WeakMap<Buffer, { redact: NonNullable<ResourceRules['redact']>; body: Buffer }>();

/** Absolute URL of a version of a resource. */
function versionUrl(spine: Spine, version: Pick<StoredVersion, 'type' | 'id' | 'version'>): string {
  return `${spine.baseUrl}/${version.type}/${version.id}/_history/${version.version}`;
}

/**
 * The answer to a write, shaped by `Prefer: return` (http.html#return): the resource by default, nothing for
 * `minimal`, an OperationOutcome for `OperationOutcome`.
 */
export function writeResponse(
  spine: Spine,
  request: FhirRequest,
  status: 200 | 201,
  version: StoredVersion,
  warnings: readonly Issue[] = [],
): FhirResponse {
  const response: FhirResponse = {
    status,
    version: version.version,
    lastModified: version.lastUpdated,
    location: versionUrl(spine, version),
  };
  switch (preferences(request.headers.prefer).return) {
    case 'minimal':
      return response;
    case 'OperationOutcome': {
      const issues = [...warnings, done(status, version)];
      const { outcome, headers } = outcomeFor(request.headers.acceptLanguage, issues);
      return { ...response, headers, body: jsonBody(outcome) };
    }
    default:
      return { ...response, body: visibleBody(spine, version) };
  }
}

function done(status: 200 | 201, version: StoredVersion): Issue {
  const verb = status === 201 ? 'created' : 'updated';
  return {
    severity: 'information',
    code: 'informational',
    diagnostics: `${version.type}/${version.id} ${verb} as version ${version.version}`,
  };
}
