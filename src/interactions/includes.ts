import { fhirError } from '../fhir/error.ts';
import { referenceTo } from '../fhir/reference.ts';
import type { Include } from '../search/parse.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import { canonicalReferrers, canonicalTargets } from './canonical-includes.ts';
import { inNamedVersions } from './named-versions.ts';
import { pacer } from './pacer.ts';
import type { Spine } from './spine.ts';

/** What is sent along with a page of matches. */
export interface Included {
  versions: StoredVersion[];
  /** There is more to include beyond the most steps. */
  cut: boolean;
}

/** What a search asks to be sent along. */
interface Wanted {
  includes: readonly Include[];
  revincludes: readonly Include[];
  /** Throws when the search has had its time. */
  checkTime: () => void;
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
  wanted: Wanted,
): Promise<Included> {
  if (wanted.includes.length + wanted.revincludes.length === 0) return { versions: [], cut: false };
  const includes = withoutRepeats(wanted.includes);
  const revincludes = withoutRepeats(wanted.revincludes);
  const pause = pacer();
  const beforeEach = async () => {
    wanted.checkTime();
    await pause();
  };
  const { includedResources, includeSteps } = spine.limits;
  const seen = new Set(matches.map(referenceTo));
  const versions: StoredVersion[] = [];
  let [forward, backward] = [includes, revincludes];
  let last = matches;
  for (let step = 1; last.length > 0 && forward.length + backward.length > 0; step += 1) {
    const found = await oneStep(spine, store, last, seen, { forward, backward, beforeEach });
    if (step > includeSteps) return { versions, cut: found.length > 0 };
    versions.push(...found);
    checkLimit(versions.length, includedResources);
    last = found;
    forward = includes.filter(({ iterate }) => iterate);
    backward = revincludes.filter(({ iterate }) => iterate);
  }
  return { versions, cut: false };
}

/** What one step from resources to those they include follows. */
interface Step {
  forward: readonly Include[];
  backward: readonly Include[];
  /** Is called before each include: throws when the search has had its time. */
  beforeEach: () => Promise<void>;
}

function withoutRepeats(includes: readonly Include[]): Include[] {
  return [...new Map(includes.map((include) => [JSON.stringify(include), include])).values()];
}

/** What these resources include, without what was seen before. */
async function oneStep(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  seen: Set<string>,
  { forward, backward, beforeEach }: Step,
): Promise<StoredVersion[]> {
  const limit = spine.limits.includedResources;
  const isNew = (key: ResourceKey): boolean => {
    const text = referenceTo(key);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  };
  const keys: ResourceKey[] = [];
  for (const include of forward) {
    await beforeEach();
    keys.push(...(await targetsOf(spine, store, from, include, beforeEach)).filter(isNew));
  }
  checkLimit(keys.length, limit);
  const found = await inNamedVersions(spine, store, from, await store.readMany(keys));
  const held = backward.length > 1 ? await store.heldTypes() : undefined;
  for (const include of backward) {
    if (held !== undefined && !held.has(include.source)) continue;
    await beforeEach();
    found.push(...(await referrersOf(spine, store, from, include)).filter(isNew));
    checkLimit(found.length, limit);
  }
  return found;
}

async function targetsOf(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  { source, parameter, target }: Include,
  pause: () => Promise<void>,
): Promise<ResourceKey[]> {
  const targets: ResourceKey[] = [];
  for (const type of new Set(from.map((version) => version.type))) {
    if (source !== '*' && source !== type) continue;
    const versions = from.filter((version) => version.type === type);
    const ids = versions.map(({ id }) => id);
    const codes = parameter === '*' ? referenceCodes(spine, type) : [parameter];
    targets.push(...(await store.targets(type, ids, codes)));
    targets.push(...(await canonicalTargets(spine, store, versions, { type, codes, target, pause })));
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
  const direct = codes.flatMap((code) =>
    referenced
      .filter(({ type }) => spine.parameters.get(source, code)?.targets.includes(type))
      .map(({ type, id }) => ({ kind: 'reference' as const, parameter: code, type, id })),
  );
  const operands = [...direct, ...canonicalReferrers(spine, source, codes, referenced)];
  if (operands.length === 0) return [];
  const page = await store.search({
    type: source,
    expression: { kind: 'or', operands },
    sort: [],
    count: spine.limits.includedResources + 1,
  });
  return page.matches;
}

function referenceCodes({ parameters }: Spine, type: string): string[] {
  return parameters
    .list(type)
    .filter(({ family }) => family === 'reference')
    .map(({ code }) => code);
}

function checkLimit(count: number, limit: number): void {
  if (count > limit) {
    const advice = 'ask for a smaller _count, or search the included type by itself';
    throw fhirError(
      400,
      'too-costly',
      `The includes of this page hold more than ${limit} resources: ${advice}`,
    );
  }
}
