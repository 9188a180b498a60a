import { parseJson } from '../fhir/json.ts';
import { referenceTo } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import { allOf } from '../search/combine.ts';
import { containedId, containerOf, isContainedType, plainType } from '../search/contained.ts';
import type { ResourceKey, ResourceStore, SearchPage, StoredVersion } from '../store/contract.ts';
import { searchPage } from './search-pages.ts';
import type { SearchPlan } from './search-plan.ts';

/**
 * The matches of a page with the containers of contained ones in their place. A container is answered once in a whole
 * search, on the page of the first of the matches that lead to it.
 * @param isWhole there is no other page
 */
export async function withContainers(
  store: ResourceStore,
  plan: SearchPlan,
  { matches }: Pick<SearchPage, 'matches'>,
  { isWhole, checkTime }: { isWhole: boolean; checkTime: () => void },
): Promise<StoredVersion[]> {
  if (!plan.parts.some(({ type }) => isContainedType(type))) return matches;
  const keys = new Map(matches.map(answeredBy).map((key) => [referenceTo(key), key]));
  const containers = await store.readMany([...keys.values()]);
  if (isWhole) return containers;
  const onPage = new Set(matches.map(referenceTo));
  const firsts = await firstMatches(store, plan, containers, checkTime);
  return containers.filter((container) => onPage.has(firsts.get(referenceTo(container)) ?? ''));
}

/** For each of these resources the first match of the search that leads to it, both by type and id. */
async function firstMatches(
  store: ResourceStore,
  { parts, result }: SearchPlan,
  containers: readonly StoredVersion[],
  checkTime: () => void,
): Promise<Map<string, string>> {
  const narrowed = parts.flatMap((part) => {
    const ids = containers.flatMap((container) => idsWithin(container, part.type));
    return ids.length === 0 ? [] : [{ part, ids }];
  });
  const { matches } = await searchPage(
    store,
    {
      parts: narrowed.map(({ part, ids }) => ({
        ...part,
        expression: allOf([{ kind: 'ids', ids }, part.expression]),
      })),
      result,
    },
    { count: narrowed.reduce((sum, { ids }) => sum + ids.length, 0), cursor: undefined, checkTime },
  );
  const firsts = new Map<string, string>();
  for (const match of matches) {
    const container = referenceTo(answeredBy(match));
    if (!firsts.has(container)) firsts.set(container, referenceTo(match));
  }
  return firsts;
}

/** The ids under which a resource, or what it contains, is searched as one of this type. */
function idsWithin(container: StoredVersion, type: string): string[] {
  if (!isContainedType(type)) return container.type === type ? [container.id] : [];
  const { contained } = parseJson(container.body.toString()) as Resource;
  if (!Array.isArray(contained)) return [];
  return (contained as Resource[]).flatMap(({ resourceType, id }) =>
    resourceType === plainType(type) && id !== undefined ? [containedId(container, id)] : [],
  );
}

/** What is answered for a match. */
function answeredBy({ type, id }: ResourceKey): ResourceKey {
  return isContainedType(type) ? containerOf(id) : { type, id };
}
