import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Meta, Resource } from '../fhir/resource.ts';
import type { Operation, OperationInvocation } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import type { FhirResponse } from '../interactions/request.ts';
import type { Spine } from '../interactions/spine.ts';
import type { Expression } from '../search/expression.ts';
import type { ResourceStore } from '../store/contract.ts';
import { searchPages } from '../store/search-pages.ts';
import { addLabels, metaLabels, metaResponse } from './meta-labels.ts';
import { currentVersion, findVersion } from './stored-version.ts';

/** How long collecting the labels in use may take, in milliseconds. */
const budget = 2000;
const pageSize = 200;
const labelParameters = ['_profile', '_tag', '_security'];

/**
 * `$meta` on the server, a type, an instance and one of its versions (R4 resource-operation-meta): the meta of the
 * instance, or every profile, tag and security label that the current resources of the type or of the server hold,
 * each once.
 */
export function metaOperation(spine: Spine): Operation {
  return {
    code: 'meta',
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
    types: [...spine.resourceTypes],
    levels: { system: true, type: true, instance: true, version: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(
  spine: Spine,
  { request, type, id, version, parameters }: OperationInvocation,
): Promise<FhirResponse> {
  new GivenParameters('meta', parameters, {});
  const { store } = request.access;
  if (type !== undefined && id !== undefined) {
    const found = await findVersion(store, { type, id, version });
    const { meta = {} } = parseJson(currentVersion(found, type, id).body) as Resource;
    return metaResponse(meta, found);
  }
  return metaResponse(await labelsInUse(spine, store, type === undefined ? spine.resourceTypes : [type]));
}

/** @throws FhirError 503 when it takes longer than the budget */
async function labelsInUse(spine: Spine, store: ResourceStore, types: Iterable<string>): Promise<Meta> {
  const end = Date.now() + budget;
  let meta: Meta = {};
  const held = await store.heldTypes();
  for (const type of types) {
    if (!held.has(type)) continue;
    const query = { type, expression: labelled(spine, type), sort: [], count: pageSize };
    for await (const matches of searchPages(store, query)) {
      if (Date.now() > end) {
        const diagnostics = 'Too many resources carry labels; ask one type, or one resource';
        throw fhirError(503, 'too-costly', diagnostics, undefined, { 'Retry-After': '10' });
      }
      for (const { body } of matches) {
        meta = addLabels(meta, metaLabels((parseJson(body) as Resource).meta ?? {}));
      }
    }
  }
  return meta;
}

function labelled(spine: Spine, type: string): Expression {
  const operands = labelParameters.flatMap((parameter): Expression[] => {
    const family = spine.parameters.get(type, parameter)?.family;
    if (family !== 'token' && family !== 'uri' && family !== 'reference') return [];
    return [{ kind: 'missing', parameter, family, missing: false }];
  });
  return { kind: 'or', operands };
}
