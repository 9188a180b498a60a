import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';

/** How many keys are looked up at a time. */
const lookup = 500;

/** The current versions of resources, of those that are there; many are read some at a time. */
export async function* currentVersions(
  store: ResourceStore,
  keys: readonly ResourceKey[],
): AsyncGenerator<StoredVersion> {
  for (let start = 0; start < keys.length; start += lookup) {
    yield* await store.readMany(keys.slice(start, start + lookup));
  }
}
