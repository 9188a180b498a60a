import { parseJson } from '../fhir/json.ts';
import { parseReference, referenceTo } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import type { ReferenceTargets } from '../validation/profiles/rule-context.ts';
import { currentVersions } from './current-versions.ts';
import type { Spine } from './spine.ts';

/** Targets of one resource that are looked up, at most. */
const mostTargets = 200;

/** Resources by `Type/id`; null stands for one that there is not. */
export type ResourcesByName = ReadonlyMap<string, Resource | null>;

/**
 * What the references of some resources lead to on this server, read together. A reference to a version is not looked up.
 * @param written what is written along with them
 */
export async function referenceTargets(
  spine: Spine,
  store: ResourceStore,
  resources: readonly Resource[],
  written: ResourcesByName,
): Promise<ReferenceTargets> {
  const keys = new Map<string, ResourceKey>();
  for (const resource of resources) {
    const names = new Set<string>();
    spine.links.forEach(resource, (text, kind) => {
      const key = kind === 'reference' && names.size < mostTargets ? keyOf(spine, text) : undefined;
      if (key === undefined || written.has(referenceTo(key))) return;
      names.add(referenceTo(key));
      keys.set(referenceTo(key), key);
    });
  }
  const found = new Map<string, StoredVersion>();
  for await (const version of currentVersions(store, [...keys.values()]))
    found.set(referenceTo(version), version);
  const parsed = new Map<string, Resource>();
  return (reference) => {
    const key = keyOf(spine, reference);
    if (key === undefined) return undefined;
    const name = referenceTo(key);
    const known = written.get(name) ?? parsed.get(name);
    if (known !== undefined) return known;
    const version = found.get(name);
    if (version === undefined) return written.has(name) || keys.has(name) ? null : undefined;
    const resource = parseJson(version.body) as Resource;
    parsed.set(name, resource);
    return resource;
  };
}

/** The resource of this server that a reference names, whichever version of it. */
function keyOf({ baseUrl, resourceTypes }: Spine, reference: string): ResourceKey | undefined {
  const target = parseReference(reference, [baseUrl]);
  if (target?.kind !== 'local' || target.version !== undefined) return undefined;
  return resourceTypes.has(target.type) ? target : undefined;
}
