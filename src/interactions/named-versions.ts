import { parseJson } from '../fhir/json.ts';
import { parseReference, referenceTo } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import type { Spine } from './spine.ts';

/**
 * What resources include, in the version that their references name, where they name one (search.html#versions).
 * @param from the resources that refer
 * @param targets the current versions of what they refer to
 */
export async function inNamedVersions(
  { links, baseUrl }: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  targets: readonly StoredVersion[],
): Promise<StoredVersion[]> {
  const named = new Map<string, number>();
  for (const { body } of from) {
    if (!body.includes('/_history/')) continue;
    links.forEach(parseJson(body) as Resource, (text, kind) => {
      const target = kind === 'reference' ? parseReference(text, [baseUrl]) : undefined;
      if (target?.kind !== 'local' || target.version === undefined) return;
      named.set(referenceTo(target), Number(target.version));
    });
  }
  const found: StoredVersion[] = [];
  for (const current of targets) {
    const version = named.get(referenceTo(current)) ?? current.version;
    const isOther = version !== current.version && Number.isSafeInteger(version);
    const other = isOther ? await store.readVersion(current.type, current.id, version) : undefined;
    found.push(other === undefined || other.deleted ? current : other);
  }
  return found;
}
