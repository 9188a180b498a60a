import { fhirError } from '../fhir/error.ts';
import type { Include } from '../search/parse.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import type { Spine } from './spine.ts';

/** The most resources that the includes of one page may add. */
const includeLimit = 1000;

/**
 * What `_include` and `_revinclude` add to a page of matches (search.html#include), each resource once and none
 * that is already a match.
 * @throws FhirError 400 `too-costly` when there are more than the limit
 */
export async function includedBy(
  spine: Spine,
  store: ResourceStore,
  matches: readonly StoredVersion[],
  includes: readonly Include[],
  revincludes: readonly Include[],
): Promise<StoredVersion[]> {
  const seen = new Set(matches.map(keyText));
  const keys: ResourceKey[] = [];
  for (const include of includes) {
    for (const key of await targetsOf(spine, store, matches, include)) {
      if (!seen.has(keyText(key))) {
        seen.add(keyText(key));
        keys.push(key);
      }
    }
  }
  checkLimit(keys.length);
  const found = await store.readMany(keys);
  for (const include of revincludes) {
    for (const version of await referrersOf(store, matches, include)) {
      if (!seen.has(keyText(version))) {
        seen.add(keyText(version));
        found.push(version);
      }
    }
    checkLimit(found.length);
  }
  return found;
}

async function targetsOf(
  spine: Spine,
  store: ResourceStore,
  matches: readonly StoredVersion[],
  include: Include,
): Promise<ResourceKey[]> {
  const ids = matches.filter(({ type }) => type === include.source).map(({ id }) => id);
  if (ids.length === 0) return [];
  const parameters =
    include.parameter === '*'
      ? spine.parameters
          .list(include.source)
          .filter(({ type }) => type === 'reference')
          .map(({ code }) => code)
      : [include.parameter];
  const targets: ResourceKey[] = [];
  for (const parameter of parameters) targets.push(...(await store.targets(include.source, ids, parameter)));
  return include.target === undefined ? targets : targets.filter(({ type }) => type === include.target);
}

async function referrersOf(
  store: ResourceStore,
  matches: readonly StoredVersion[],
  include: Include,
): Promise<StoredVersion[]> {
  const referenced = matches.filter(({ type }) => include.target === undefined || type === include.target);
  if (referenced.length === 0) return [];
  const page = await store.search({
    type: include.source,
    expression: {
      kind: 'or',
      operands: referenced.map(({ type, id }) => ({
        kind: 'reference',
        parameter: include.parameter,
        type,
        id,
      })),
    },
    sort: [],
    count: includeLimit + 1,
  });
  return page.matches;
}

function checkLimit(count: number): void {
  if (count > includeLimit) {
    const advice = 'ask for a smaller _count, or search the included type by itself';
    throw fhirError(
      400,
      'too-costly',
      `The includes of this page hold more than ${includeLimit} resources: ${advice}`,
    );
  }
}

function keyText({ type, id }: ResourceKey): string {
  return `${type}/${id}`;
}
