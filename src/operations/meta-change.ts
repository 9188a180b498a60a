import { isDeepStrictEqual } from 'node:util';
import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Meta, Resource } from '../fhir/resource.ts';
import { storeOfWrites } from '../interactions/access.ts';
import { appendOnlyType } from '../interactions/append-only.ts';
import type { Operation, OperationInvocation } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import { checkWritePreconditions } from '../interactions/preconditions.ts';
import { conflictError, preparePut } from '../interactions/preparation.ts';
import type { FhirResponse } from '../interactions/request.ts';
import type { Spine } from '../interactions/spine.ts';
import { addLabels, type MetaLabels, metaLabels, metaResponse, removeLabels } from './meta-labels.ts';
import { currentVersion } from './stored-version.ts';

/** How often a change is made anew because another write came first. */
const mostAttempts = 10;

/**
 * `[type]/[id]/$meta-add` (R4 resource-operation-meta-add): adds profiles, tags and security labels to a resource,
 * and `[type]/[id]/$meta-delete` (resource-operation-meta-delete): takes them away.
 *
 * R4 lets a server keep the version. This one makes a new version when something changes: the labels are part of the
 * stored body, so that an entity tag always stands for the same bytes, and the history tells who was labelled when.
 * A change that changes nothing makes no version. For the same reason historical versions cannot be changed.
 */
export function metaChangeOperations(spine: Spine): Operation[] {
  const operation = (code: string, change: Change): Operation => ({
    code,
    definition: `http://hl7.org/fhir/OperationDefinition/Resource-${code}`,
    types: [...spine.resourceTypes].filter((type) => type !== appendOnlyType),
    levels: { type: false, instance: true },
    affectsState: true,
    run: (invocation) => run(spine, invocation, code, change),
  });
  return [operation('meta-add', addLabels), operation('meta-delete', removeLabels)];
}

type Change = (meta: Meta, labels: MetaLabels) => Meta;

async function run(
  spine: Spine,
  { request, type = '', id = '', parameters }: OperationInvocation,
  code: string,
  change: Change,
): Promise<FhirResponse> {
  const labels = readLabels(code, parameters);
  const store = storeOfWrites(request.access);
  for (let attempt = 1; ; attempt++) {
    const current = currentVersion(await store.read(type, id), type, id);
    checkWritePreconditions(request.headers, current);
    const resource = parseJson(current.body) as Resource;
    const meta = change(resource.meta ?? {}, labels);
    if (isDeepStrictEqual(meta, resource.meta)) return metaResponse(meta, current);
    const prepared = preparePut(spine, {
      resource: { ...resource, meta },
      id,
      current,
      method: 'PATCH',
      now: Date.now(),
    });
    const result = await store.commit([prepared.change]);
    if (result.ok) {
      const { meta: stored = {} } = parseJson(prepared.version.body) as Resource;
      return metaResponse(stored, prepared.version);
    }
    if (result.conflict.kind !== 'version' || attempt === mostAttempts) throw conflictError(result.conflict);
  }
}

function readLabels(code: string, parameters: OperationInvocation['parameters']): MetaLabels {
  const parameter = new GivenParameters(code, parameters, { meta: 1 }).one('meta');
  if (parameter === undefined) {
    throw fhirError(400, 'required', `$${code} takes the parameter meta`, 'Parameters.parameter');
  }
  const { value, valueType, expression } = parameter;
  if (valueType !== 'meta' || typeof value !== 'object' || value === null) {
    throw fhirError(400, 'value', 'meta must be a valueMeta', expression);
  }
  const labels = metaLabels(value as Meta);
  const { profile, security, tag } = labels;
  if (!isListOf('string', profile) || !isListOf('object', security) || !isListOf('object', tag)) {
    const diagnostics = 'profile must be a list of URLs, security and tag lists of Codings';
    throw fhirError(400, 'structure', diagnostics, `${expression}.value`);
  }
  if (profile.length + security.length + tag.length === 0) {
    throw fhirError(400, 'required', 'meta holds no profile, security or tag', `${expression}.value`);
  }
  return labels;
}

function isListOf(kind: 'string' | 'object', list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === kind && item !== null);
}
