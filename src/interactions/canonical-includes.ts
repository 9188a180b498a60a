import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { ownCanonicals } from '../search/canonicals.ts';
import { ownCanonicalsParameter, writtenCanonicalParameter } from '../search/derived-parameters.ts';
import type { Expression } from '../search/expression.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import type { Spine } from './spine.ts';

/** Reference parameters of one type that are followed from resources of it. */
interface Followed {
  type: string;
  codes: readonly string[];
  /** The only target type that is wanted, when there is one. */
  target: string | undefined;
  /** Is called before each resource that is read. */
  pause: () => Promise<void>;
}

/**
 * What resources of one type name by canonical URLs (references.html#canonical): every current resource of that URL
 * and, where one is named, of that version. One look-up for each target type.
 */
export async function canonicalTargets(
  spine: Spine,
  store: ResourceStore,
  from: readonly StoredVersion[],
  { type, codes, target, pause }: Followed,
): Promise<ResourceKey[]> {
  const types = new Map<string, Set<string>>();
  for (const code of codes) {
    for (const named of spine.parameters.get(type, code)?.canonicalTargets ?? []) {
      if (target !== undefined && named !== target) continue;
      types.set(named, (types.get(named) ?? new Set()).add(writtenCanonicalParameter(code)));
    }
  }
  if (types.size === 0) return [];
  const references: { parameter: string; url: string }[] = [];
  for (const { body } of from) {
    await pause();
    for (const value of spine.extract(resourceOf(body)).reference) {
      if ('url' in value) references.push(value);
    }
  }
  const keys: ResourceKey[] = [];
  for (const [named, parameters] of types) {
    const urls = references.filter(({ parameter }) => parameters.has(parameter)).map(({ url }) => url);
    if (urls.length === 0) continue;
    const operands = [...new Set(urls)].map(
      (value): Expression => ({ kind: 'uri', parameter: ownCanonicalsParameter, value }),
    );
    const page = await store.search({
      type: named,
      expression: { kind: 'or', operands },
      sort: [],
      count: spine.limits.includedResources + 1,
    });
    keys.push(...page.matches.map(({ id }) => ({ type: named, id })));
  }
  return keys;
}

/** The conditions of resources of `source` that name one of these by canonical URLs. */
export function canonicalReferrers(
  spine: Spine,
  source: string,
  codes: readonly string[],
  to: readonly StoredVersion[],
): Expression[] {
  const followed = codes.map((code) => ({
    parameter: writtenCanonicalParameter(code),
    types: spine.parameters.get(source, code)?.canonicalTargets ?? [],
  }));
  return to
    .filter(({ type }) => followed.some(({ types }) => types.includes(type)))
    .flatMap(({ type, body }) => {
      const urls = ownCanonicals(resourceOf(body));
      return followed
        .filter(({ types }) => types.includes(type))
        .flatMap(({ parameter }) => urls.map((url): Expression => ({ kind: 'reference', parameter, url })));
    });
}

function resourceOf(body: Buffer): Resource {
  return parseJson(body.toString()) as Resource;
}
