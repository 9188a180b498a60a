import { fhirError } from '../../fhir/error.ts';
import { referenceTo } from '../../fhir/reference.ts';
import type { Spine } from '../../interactions/spine.ts';
import { allOf } from '../../search/combine.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../../store/contract.ts';
import { localReferences } from '../references.ts';
import type { Membership } from './membership.ts';

/** The most referenced resources that go with one page. */
const referencedLimit = 1000;

/** Who and what care is given by and with: also followed from a resource that is itself only referenced. */
const supportingTypes: ReadonlySet<string> = new Set([
  'Device',
  'Endpoint',
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Substance',
]);

/** The resources of this server that a version refers to. */
export function referencesOf(spine: Spine, version: StoredVersion): ResourceKey[] {
  return localReferences(version.body, spine.baseUrl)
    .filter(({ type }) => spine.resourceTypes.has(type))
    .map(({ type, id }) => ({ type, id }));
}

export interface ReferencedQuery {
  store: ResourceStore;
  membership: Membership;
  /** The focus whose members are never sent as merely referenced; undefined where there are several. */
  focus: string | undefined;
  references: readonly ResourceKey[];
  /** `Type/id` of what was sent before; what is found is added. */
  sent: Set<string>;
}

/**
 * The resources that members refer to and that are no members themselves, each once. What belongs to another
 * patient's compartment is left out: a record shows no other person's data.
 * @throws FhirError 400 `too-costly` when there are more than the limit
 */
export async function referenced(spine: Spine, query: ReferencedQuery): Promise<StoredVersion[]> {
  const { store, sent } = query;
  const found: StoredVersion[] = [];
  let references = query.references;
  while (references.length > 0) {
    const fresh = new Map(references.map((key) => [referenceTo(key), key]));
    for (const text of sent) fresh.delete(text);
    const keys = await outsiders(query, [...fresh.values()]);
    for (const key of keys) sent.add(referenceTo(key));
    if (found.length + keys.length > referencedLimit) {
      const advice = 'ask for a smaller _count';
      const diagnostics = `A page refers to more than ${referencedLimit} other resources: ${advice}`;
      throw fhirError(400, 'too-costly', diagnostics, '_count');
    }
    const versions = await store.readMany(keys);
    found.push(...versions);
    references = versions
      .flatMap((version) => referencesOf(spine, version))
      .filter(({ type }) => supportingTypes.has(type));
  }
  return found;
}

/** Those that are no members of the focus: members come by themselves. */
async function outsiders(
  { store, membership, focus }: ReferencedQuery,
  keys: readonly ResourceKey[],
): Promise<ResourceKey[]> {
  const possible = (type: string) => type === membership.focus || membership.types.includes(type);
  const others = keys.filter(({ type }) => !possible(type));
  if (membership.focus === 'Patient' || focus === undefined) return others;
  for (const type of new Set(keys.map((key) => key.type).filter(possible))) {
    const ids = keys
      .filter((key) => key.type === type)
      .map(({ id }) => id)
      .filter((id) => type !== membership.focus || id !== focus);
    const expression = allOf([{ kind: 'ids', ids }, membership.belonging(type, focus)]);
    const { matches } = await store.search({ type, expression, sort: [], count: ids.length });
    const members = new Set(matches.map(({ id }) => id));
    others.push(...ids.filter((id) => !members.has(id)).map((id) => ({ type, id })));
  }
  return others;
}
