import { fhirError, type Issue } from '../fhir/error.ts';
import { linkScope } from './access.ts';
import { withContainers } from './containers.ts';
import { includedBy } from './includes.ts';
import { pageOf, pageToken } from './kept-page.ts';
import { checkSearchSize, defaultCount, searchDeadline, withLoweredCount } from './limits.ts';
import { cursorParameter, linkedPages, queryString } from './page-link.ts';
import { representationParameters } from './representation.ts';
import type { FhirRequest, FhirResponse, QueryParameter } from './request.ts';
import { compartmentArea, type SearchArea, systemArea, typeArea } from './search-area.ts';
import { countMatches, searchPage } from './search-pages.ts';
import { planSearch } from './search-plan.ts';
import { bundleBody, outcomeEntry, searchEntry } from './searchset.ts';
import type { Spine } from './spine.ts';
import { parametersOfSearch } from './terminology/search-terminology.ts';

/**
 * search on one type (http.html#search): a page of matches with what they include, and the links of other pages.
 * @throws FhirError 400 on a malformed search, 400 on an unknown parameter with `Prefer: handling=strict`
 */
export function search(spine: Spine, request: FhirRequest, type: string): Promise<FhirResponse> {
  return searchArea(spine, request, type, () => typeArea(type));
}

/** search on all types, or on those of `_type`: one type after the other; as `search` otherwise. */
export function searchSystem(spine: Spine, request: FhirRequest): Promise<FhirResponse> {
  return searchArea(spine, request, '', (query) => systemArea(spine, query));
}

/**
 * search in a compartment on one type, or by `*` on all of its types or those of `_type` (http.html#vsearch).
 * @throws FhirError 404 when there is no such compartment; as `search` otherwise
 */
export function searchCompartment(
  spine: Spine,
  request: FhirRequest,
  compartment: string,
  id: string,
  type: string,
): Promise<FhirResponse> {
  return searchArea(spine, request, `${compartment}/${id}/${type}`, (query) =>
    compartmentArea(spine, compartment, id, type, query),
  );
}

async function searchArea(
  spine: Spine,
  request: FhirRequest,
  path: string,
  areaOf: (query: readonly QueryParameter[]) => SearchArea,
): Promise<FhirResponse> {
  const token = request.query.find(([name]) => name === cursorParameter)?.[1];
  const scope = linkScope(request.access, path);
  const start = token === undefined ? undefined : await pageOf(spine, token, scope);
  const query = start?.query ?? request.query;
  const { limits } = spine;
  checkSearchSize(query, limits);
  const { store } = request.access;
  const parameters = await parametersOfSearch(spine, request.access, query);
  const plan = planSearch(spine, request, areaOf(query), query, parameters);
  const { ignored, result } = plan;
  const applied = withLoweredCount(plan.applied, limits);
  const shown = representationParameters(request.query).filter(
    ([name]) => !applied.some(([used]) => used === name),
  );
  const address = path === '' ? spine.baseUrl : `${spine.baseUrl}/${path}`;
  const url = (parameters: readonly QueryParameter[]) => address + queryString([...parameters, ...shown]);
  const self = { relation: 'self', url: url(token === undefined ? applied : [[cursorParameter, token]]) };

  if (result.countOnly) {
    const total = (await countMatches(store, plan, limits.totalTime)) ?? tooManyToCount();
    return { status: 200, body: bundleBody({ type: 'searchset', total, links: [self] }, []) };
  }
  const checkTime = searchDeadline(limits);
  const count = Math.min(result.count ?? defaultCount, limits.pageResources);
  const page = await searchPage(store, plan, { count, cursor: start?.cursor, checkTime });
  const isWhole = start?.cursor === undefined && page.next === undefined;
  const matches = plan.answersContainers
    ? await withContainers(store, plan, page, { isWhole, checkTime })
    : page.matches;
  const included = await includedBy(spine, store, matches, { ...result, checkTime });
  const total = isWhole
    ? matches.length
    : result.total === 'none'
      ? undefined
      : await countMatches(store, plan, limits.totalTime);
  const others = linkedPages({ query: applied, start, next: page.next }).map(async ({ relation, start }) => ({
    relation,
    url: url([[cursorParameter, await pageToken(spine, start, scope)]]),
  }));
  const head = {
    type: 'searchset' as const,
    links: [self, ...(await Promise.all(others))],
    ...(total === undefined ? {} : { total }),
  };
  const issues = [...ignored.map(ignoredIssue), ...(included.cut ? [cutIssue] : [])];
  const entries = [
    ...matches.map((version) => searchEntry(spine, version, 'match')),
    ...included.versions.map((version) => searchEntry(spine, version, 'include')),
    ...(issues.length === 0 ? [] : [outcomeEntry(issues)]),
  ];
  return { status: 200, body: bundleBody(head, entries) };
}

function tooManyToCount(): never {
  throw fhirError(503, 'too-costly', 'Counting the matches takes too long; narrow the search', undefined, {
    'Retry-After': '10',
  });
}

function ignoredIssue(name: string): Issue {
  return {
    severity: 'warning',
    code: 'not-supported',
    diagnostics: `The search parameter ${name} was ignored: it is not known for this type, or it has no value`,
    expression: name,
  };
}

const cutIssue: Issue = {
  severity: 'warning',
  code: 'too-costly',
  diagnostics: 'The includes go on beyond the steps that are followed: search the last of them by themselves',
};
