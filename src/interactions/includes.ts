import { fhirError } from '../fhir/error.ts';
import type { Include } from '../search/parse.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import type { Spine } from './spine.ts';

/** The most resources that the includes of one page may add. */
const includeLimit = 1000;

/** The most steps from a match to what is included, by `:iterate`. */
const deepest = 5;

/** What is sent along with a page of matches. */
export interface Included {
  versions: StoredVersion[];
  /** There is more to include beyond the most steps. */
  cut: boolean;
}

/**
 * What `_include` and `_revinclude` add to a page of matches (search.html#include), each resource once and none
 * that is already a match; with `:iterate` also what they add to the resources that were added.
 * @throws FhirError 400 `too-costly` when there are more than the limit
 */
export async function includedBy(
  spine: Spine,
  store: ResourceStore,
  matches: readonly StoredVersion[],
  includes: readonly Include[],
  revincludes: readonly Include[],
): Promise<Included> {
  const seen = new Set(matches.map(keyText));
  const versions: StoredVersion[] = [];
  let [forward, backward] = [includes, revincludes];
  let last = matches;
  for (let step = 1; last.length > 0 && forward.length + backward.length > 0; step += 1) {
    const found = await oneStep(spine, store, last, forward, backward, seen);
    if (step > deepest) return { versions, cut: found.length > 0 };
    versions.push(...found);
    checkLimit(versions.length);
    last = found;
    forward = includes.filter(({ iterate }) => iterate);
    backward = revincludes.filter(({ iterate }) => iterate);
  }
  return { versions, cut: false };
}

/** What these resources include, without what was seen before. */
async function oneStep(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  includes: readonly Include[],
  revincludes: readonly Include[],
  seen: Set<string>,
): Promise<StoredVersion[]> {
  const isNew = (key: ResourceKey): boolean => {
    const text = keyText(key);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  };
  const keys: ResourceKey[] = [];
  for (const include of includes) {
    keys.push(...(await targetsOf(spine, store, from, include)).filter(isNew));
  }
  checkLimit(keys.length);
  const found = await store.readMany(keys);
  for (const include of revincludes) {
    found.push(...(await referrersOf(spine, store, from, include)).filter(isNew));
    checkLimit(found.length);
  }
  return found;
}

async function targetsOf(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  { source, parameter, target }: Include,
): Promise<ResourceKey[]> {
  const targets: ResourceKey[] = [];
  for (const type of new Set(from.map((version) => version.type))) {
    if (source !== '*' && source !== type) continue;
    const ids = from.filter((version) => version.type === type).map(({ id }) => id);
    for (const code of parameter === '*' ? referenceCodes(spine, type) : [parameter]) {
      targets.push(...(await store.targets(type, ids, code)));
    }
  }
  return target === undefined ? targets : targets.filter(({ type }) => type === target);
}

async function referrersOf(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  { source, parameter, target }: Include,
): Promise<StoredVersion[]> {
  const referenced = from.filter(({ type }) => target === undefined || type === target);
  if (referenced.length === 0) return [];
  const codes = parameter === '*' ? referenceCodes(spine, source) : [parameter];
  const operands = codes.flatMap((code) =>
    referenced
      .filter(({ type }) => spine.parameters.get(source, code)?.targets.includes(type))
      .map(({ type, id }) => ({ kind: 'reference' as const, parameter: code, type, id })),
  );
  if (operands.length === 0) return [];
  const page = await store.search({
    type: source,
    expression: { kind: 'or', operands },
    sort: [],
    count: includeLimit + 1,
  });
  return page.matches;
}

function referenceCodes({ parameters }: Spine, type: string): string[] {
  return parameters
    .list(type)
    .filter(({ family }) => family === 'reference')
    .map(({ code }) => code);
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
