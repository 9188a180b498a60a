import { fhirError } from '../fhir/error.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';

/**
 * The version that an operation works on, if it is there to be worked on.
 * @throws FhirError 404 when the id was never used, 410 when the resource is deleted
 */
export function currentVersion(version: StoredVersion | undefined, type: string, id: string): StoredVersion {
  if (version === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);
  if (version.deleted) throw fhirError(410, 'deleted', `${type}/${id} is deleted`);
  return version;
}

/** The current version, or the one of a version id, which may be any text; undefined when there is none. */
export async function findVersion(
  store: ResourceStore,
  { type, id, version }: ResourceKey & { version?: string | undefined },
): Promise<StoredVersion | undefined> {
  if (version === undefined) return store.read(type, id);
  return /^[1-9]\d{0,14}$/.test(version) ? store.readVersion(type, id, Number(version)) : undefined;
}
