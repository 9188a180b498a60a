import { fhirError, type Issue } from '../fhir/error.ts';
import { parseSearch, type SearchRequest } from '../search/parse.ts';
import type { ResourceStore } from '../store/contract.ts';
import { includedBy } from './includes.ts';
import { cursorParameter, openPage, queryString, sealPage } from './page-link.ts';
import { preferences } from './preconditions.ts';
import type { FhirRequest, FhirResponse, QueryParameter } from './request.ts';
import { bundleBody, outcomeEntry, searchEntry } from './searchset.ts';
import type { Spine } from './spine.ts';

const defaultCount = 20;
const largestCount = 1000;
/** How long an accurate total may take, in milliseconds. */
const totalBudget = 2000;

/** Parameters of the representation, read by `http/`; a page link keeps them. */
const representationParameters = ['_format', '_pretty'];

/**
 * search on one type (http.html#search): a page of matches with what they include, and the link of the next page.
 * @throws FhirError 400 on a malformed search, 400 on an unknown parameter with `Prefer: handling=strict`
 */
export async function search(spine: Spine, request: FhirRequest, type: string): Promise<FhirResponse> {
  const token = request.query.find(([name]) => name === cursorParameter)?.[1];
  const scope = `${request.tenant} ${type}`;
  const start = token === undefined ? undefined : openPage(spine.pagingSecret, token, scope);
  const query = start?.query ?? request.query;
  const parsed = parseSearch({
    type,
    query,
    parameters: spine.parameters,
    baseUrls: [spine.baseUrl],
    strict: preferences(request.headers.prefer).strict,
    reserved: representationParameters,
  });
  const applied = [...parsed.applied, ...query.filter(([name]) => representationParameters.includes(name))];
  const store = spine.stores.forTenant(request.tenant);
  const url = (parameters: readonly QueryParameter[]) => `${spine.baseUrl}/${type}${queryString(parameters)}`;
  const links = [
    {
      relation: 'self',
      url: url(token === undefined ? applied : [[cursorParameter, token]]),
    },
  ];

  if (parsed.countOnly) {
    const total = await exactTotal(store, type, parsed);
    return {
      status: 200,
      body: bundleBody({ type: 'searchset', total, links }, []),
    };
  }
  const page = await store.search({
    type,
    expression: parsed.expression,
    sort: parsed.sort,
    count: Math.min(parsed.count ?? defaultCount, largestCount),
    ...(start?.cursor === undefined ? {} : { cursor: start.cursor }),
  });
  const linkTo = (relation: string, cursor: { cursor?: string }) => {
    const sealed = sealPage(spine.pagingSecret, { query: applied, ...cursor }, scope);
    links.push({ relation, url: url([[cursorParameter, sealed]]) });
  };
  if (start !== undefined) linkTo('first', {});
  if (page.next !== undefined) linkTo('next', { cursor: page.next });
  const included = await includedBy(spine, store, page.matches, parsed.includes, parsed.revincludes);
  const total =
    start?.cursor === undefined && page.next === undefined
      ? page.matches.length
      : parsed.total === 'none'
        ? undefined
        : await store.count(type, parsed.expression, totalBudget);
  const head = {
    type: 'searchset' as const,
    links,
    ...(total === undefined ? {} : { total }),
  };
  const entries = [
    ...page.matches.map((version) => searchEntry(spine, version, 'match')),
    ...included.map((version) => searchEntry(spine, version, 'include')),
    ...(parsed.ignored.length === 0 ? [] : [outcomeEntry(parsed.ignored.map(ignoredIssue))]),
  ];
  return { status: 200, body: bundleBody(head, entries) };
}

async function exactTotal(store: ResourceStore, type: string, parsed: SearchRequest): Promise<number> {
  const total = await store.count(type, parsed.expression, totalBudget);
  if (total === undefined) {
    throw fhirError(503, 'too-costly', 'Counting the matches takes too long; narrow the search', undefined, {
      'Retry-After': '10',
    });
  }
  return total;
}

function ignoredIssue(name: string): Issue {
  return {
    severity: 'warning',
    code: 'not-supported',
    diagnostics: `The search parameter ${name} was ignored: it is not known for this type, or it has no value`,
    expression: name,
  };
}
