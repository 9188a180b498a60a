import { randomUUID } from 'node:crypto';
import { FhirError, fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { parseReference, referenceTo } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import { newId } from '../interactions/identifiers.ts';
import type { Operation, OperationInvocation, OperationTarget } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import { conflictError, preparePut } from '../interactions/preparation.ts';
import { jsonBody, visibleBody } from '../interactions/presentation.ts';
import type { FhirResponse } from '../interactions/request.ts';
import type { Spine } from '../interactions/spine.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import { type LocalReference, localReferences } from './references.ts';
import { currentVersion, findVersion } from './stored-version.ts';

/** The most resources of one document. */
const resourceLimit = 1000;

/**
 * `Composition/[id]/$document`, and `Composition/$document?id=…` (R4 composition-operation-document): a Bundle of
 * type document with the Composition first, then what it refers to on this server, directly or through others, each
 * resource once and in the version that a reference names. With `persist` the Bundle is kept as a resource.
 * A `graph` is refused: the references of the Composition say what the document holds.
 */
export function documentOperation(spine: Spine): Operation {
  return {
    code: 'document',
    definition: 'http://hl7.org/fhir/OperationDefinition/Composition-document',
    types: ['Composition'],
    levels: { type: true, instance: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const { request, parameters } = invocation;
  const given = new GivenParameters('document', parameters, { id: 1, persist: 1, graph: 1 });
  const graph = given.one('graph');
  if (graph !== undefined) {
    throw fhirError(400, 'not-supported', 'A document follows no GraphDefinition here', graph.expression);
  }
  const persist = given.boolean('persist') ?? false;
  if (persist && request.method !== 'POST') {
    throw fhirError(405, 'not-supported', 'With persist the operation is called by POST', undefined, {
      Allow: 'POST',
    });
  }
  const { store } = request.access;
  const id = compositionId(spine, invocation, given);
  const composition = currentVersion(await store.read('Composition', id), 'Composition', id);
  const resources = await resourcesOf(spine, store, composition);
  const now = Date.now();
  const bundle = documentBundle(spine, resources, now);
  if (!persist) return { status: 200, body: jsonBody(bundle) };

  const { change, version } = preparePut(spine, {
    resource: bundle,
    id: newId(now),
    current: undefined,
    method: 'POST',
    now,
  });
  const result = await store.commit([change]);
  if (!result.ok) throw conflictError(result.conflict);
  return {
    status: 200,
    version: version.version,
    lastModified: version.lastUpdated,
    location: `${spine.baseUrl}/Bundle/${version.id}/_history/${version.version}`,
    body: version.body,
  };
}

/** At type level the parameter `id` is the logical id or the URL of the Composition. */
function compositionId(spine: Spine, { id }: OperationTarget, given: GivenParameters): string {
  const parameter = given.one('id');
  if (id !== undefined) {
    if (parameter === undefined) return id;
    throw fhirError(400, 'invalid', 'id is given at type level only', parameter.expression);
  }
  const text = given.text('id', 'uri', 'id');
  if (text === undefined) {
    throw fhirError(400, 'required', 'At type level $document takes the id of a Composition', 'id');
  }
  if (!text.includes('/')) return text;
  const reference = parseReference(text, [spine.baseUrl]);
  if (reference?.kind === 'local' && reference.type === 'Composition') return reference.id;
  const diagnostics = 'id must be that of a Composition of this server';
  throw fhirError(400, 'value', diagnostics, parameter?.expression);
}

/** The Composition, then what is reached from it, nearest first. */
async function resourcesOf(
  spine: Spine,
  store: ResourceStore,
  composition: StoredVersion,
): Promise<Resource[]> {
  const bodies = [visibleBody(spine, composition)];
  const seen = new Set([referenceTo(composition)]);
  let references = localReferences(bodies[0]!, spine.baseUrl);
  for (let depth = 0; references.length > 0; depth++) {
    const fresh = references.filter((reference) => !seen.has(referenceTo(reference)));
    for (const reference of fresh) seen.add(referenceTo(reference));
    if (seen.size > resourceLimit) {
      const diagnostics = `The Composition leads to more than ${resourceLimit} resources`;
      throw fhirError(422, 'too-costly', diagnostics, 'Composition');
    }
    const versions = await Promise.all(fresh.map((reference) => resolve(spine, store, reference)));
    if (depth === 0) refuseMissing(fresh, versions);
    const found = versions
      .filter((version) => version !== undefined)
      .map((version) => visibleBody(spine, version));
    bodies.push(...found);
    references = found.flatMap((body) => localReferences(body, spine.baseUrl));
  }
  return bodies.map((body) => parseJson(body) as Resource);
}

async function resolve(
  spine: Spine,
  store: ResourceStore,
  reference: LocalReference,
): Promise<StoredVersion | undefined> {
  if (!spine.resourceTypes.has(reference.type)) return undefined;
  const found = await findVersion(store, reference);
  return found?.deleted ? undefined : found;
}

/** A document without what its Composition refers to would not be the document that was attested. */
function refuseMissing(
  references: readonly LocalReference[],
  versions: readonly (StoredVersion | undefined)[],
): void {
  const issues = references
    .filter((_, index) => versions[index] === undefined)
    .map((reference) => ({
      severity: 'error' as const,
      code: 'not-found' as const,
      diagnostics: `The Composition refers to ${referenceTo(reference)}, which is not there`,
      expression: 'Composition',
    }));
  if (issues.length > 0) throw new FhirError(422, issues);
}

function documentBundle(spine: Spine, resources: readonly Resource[], now: number): Resource {
  return {
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` },
    type: 'document',
    timestamp: new Date(now).toISOString(),
    entry: resources.map((resource) => ({
      fullUrl: `${spine.baseUrl}/${resource.resourceType}/${resource.id}`,
      resource,
    })),
  };
}
