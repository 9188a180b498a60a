import type { SearchParameter } from 'fhir/r4.d.ts';
import { parseJson } from '../fhir/json.ts';
import type { ResourceStore } from '../store/contract.ts';
import { searchPages } from '../store/search-pages.ts';

/** Resources of one page of the store. */
const pageSize = 200;

/** The active SearchParameter resources of a tenant, in the order of their creation. */
export async function activeSearchParameters(store: ResourceStore): Promise<SearchParameter[]> {
  const found: SearchParameter[] = [];
  const pages = searchPages(store, {
    type: 'SearchParameter',
    expression: { kind: 'token', parameter: 'status', code: 'active' },
    sort: [],
    count: pageSize,
  });
  for await (const matches of pages) {
    for (const { body } of matches) found.push(parseJson(body) as unknown as SearchParameter);
  }
  return found;
}
