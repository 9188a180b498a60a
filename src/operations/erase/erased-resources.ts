import { fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import { parseReference, referenceTo } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { pacer } from '../../interactions/pacer.ts';
import { referrersOf } from '../../interactions/referrers.ts';
import type { Spine } from '../../interactions/spine.ts';
import { anyOf } from '../../search/combine.ts';
import type {
  DeletedResource,
  PurgeChange,
  ResourceKey,
  ResourceStore,
  StoredVersion,
} from '../../store/contract.ts';
import { searchPages } from '../../store/search-pages.ts';

/** Resources that one call may erase. */
const mostResources = 10_000;
const pageSize = 500;

/** Types that stay when a person is erased: the trace of what was done, and groups, which are of many persons. */
const keptTypes: ReadonlySet<string> = new Set(['AuditEvent', 'Group']);

/**
 * Everything about a person but the Patient itself: the resources of the compartment (compartmentdefinition.html), the
 * Tasks for the patient and the checks of the identity, as they are now or as they were when they were deleted, and the
 * Binaries that all of these link to.
 * @throws FhirError 422 when there are more than one call may erase
 */
export async function aboutPerson(
  spine: Spine,
  store: ResourceStore,
  patient: StoredVersion,
): Promise<PurgeChange[]> {
  const found = new Map<string, PurgeChange>();
  const binaries = new Set(binariesOf(spine, patient.body));
  const pause = pacer();
  const add = ({ type, id }: ResourceKey, expectedVersion: number, body: Buffer) => {
    if (type === 'Patient' && id === patient.id) return;
    found.set(referenceTo({ type, id }), { kind: 'purge', type, id, expectedVersion });
    for (const binary of binariesOf(spine, body)) binaries.add(binary);
    if (found.size + binaries.size > mostResources) {
      const diagnostics = `More than ${mostResources} resources are about this person: erase the oldest one by one first`;
      throw fhirError(422, 'too-costly', diagnostics);
    }
  };
  const held = await store.heldTypes();
  for (const [type, parameters] of membership(spine)) {
    if (!held.has(type)) continue;
    for await (const version of currentOf(store, type, parameters, patient.id)) {
      add(version, version.version, version.body);
      await pause();
    }
    for await (const { id, version, lastBody } of deletedOf(store, type)) {
      if (wasAbout(spine, lastBody, parameters, patient.id)) add({ type, id }, version, lastBody);
      await pause();
    }
  }
  for (const id of binaries) {
    const binary = await store.read('Binary', id);
    if (binary !== undefined) add(binary, binary.version, Buffer.alloc(0));
  }
  return [...found.values()];
}

async function* currentOf(
  store: ResourceStore,
  type: string,
  parameters: readonly string[],
  patient: string,
): AsyncGenerator<StoredVersion> {
  const operands = parameters.map(
    (parameter) => ({ kind: 'reference', parameter, type: 'Patient', id: patient }) as const,
  );
  const query = { type, expression: anyOf(operands), sort: [], count: pageSize };
  for await (const matches of searchPages(store, query)) yield* matches;
}

async function* deletedOf(store: ResourceStore, type: string): AsyncGenerator<DeletedResource> {
  for (let cursor: string | undefined; ; ) {
    const page = { type, count: pageSize };
    const { resources, next } = await store.deletedResources(
      cursor === undefined ? page : { ...page, cursor },
    );
    yield* resources;
    if (next === undefined) return;
    cursor = next;
  }
}

/** Ids of the Binaries that a body links to: documents, photos, sealed answers. */
function binariesOf({ links, baseUrl }: Spine, body: Buffer): string[] {
  if (!body.includes('Binary/')) return [];
  const found: string[] = [];
  links.forEach(parseJson(body) as Resource, (text) => {
    const target = parseReference(text, [baseUrl]);
    if (target?.kind === 'local' && target.type === 'Binary') found.push(target.id);
  });
  return found;
}

/** The search parameters that tell whom resources are about, by type. */
function membership({ definitions, resourceTypes }: Spine): [type: string, parameters: string[]][] {
  const compartment = Object.entries(definitions.compartments['Patient'] ?? {}).map(
    ([type, parameters]): [string, string[]] => [type, parameters.filter((name) => name !== '{def}')],
  );
  const types: [string, string[]][] = [
    ...compartment,
    ['Task', ['patient']],
    ['VerificationResult', ['target']],
  ];
  return types.filter(
    ([type, parameters]) => resourceTypes.has(type) && !keptTypes.has(type) && parameters.length > 0,
  );
}

/** No index tells of deleted resources: their last body does. */
function wasAbout(spine: Spine, body: Buffer, parameters: readonly string[], patient: string): boolean {
  // To extract all values takes a hundred times as long, and most bodies do not hold the id at all.
  if (!body.includes(patient)) return false;
  return spine
    .extract(parseJson(body) as Resource)
    .reference.some(
      (value) =>
        'id' in value &&
        value.type === 'Patient' &&
        value.id === patient &&
        parameters.includes(value.parameter),
    );
}

/**
 * Holds an erasure to the policy for references: where what is referred to is protected, others must not refer to it.
 * @throws FhirError 409 when one does
 */
export async function checkReferrers(
  spine: Spine,
  store: ResourceStore,
  erased: readonly ResourceKey[],
): Promise<void> {
  if (spine.policy.deleteProtection === 'off') return;
  const names = new Set(erased.map(referenceTo));
  const limit = erased.length * erased.length + 1;
  const referrers = await referrersOf(spine, store, erased, limit);
  const other = referrers.find((referrer) => !names.has(referenceTo(referrer)));
  if (other === undefined) return;
  const diagnostics = `${referenceTo(other)} refers to what is to be erased; it must go first, or be changed`;
  throw fhirError(409, 'conflict', diagnostics);
}
