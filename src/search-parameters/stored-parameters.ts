import type { SearchParameter } from 'fhir/r4.d.ts';
import { parseJson } from '../fhir/json.ts';
import type { ResourceStore } from '../store/contract.ts';

/** Resources of one page of the store. */
const pageSize = 200;

/** The active SearchParameter resources of a tenant, in the order of their creation. */
export async function activeSearchParameters(store: ResourceStore): Promise<SearchParameter[]> {
  const found: SearchParameter[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.search({
      type: 'SearchParameter',
      expression: { kind: 'token', parameter: 'status', code: 'active' },
      sort: [],
      count: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { body } of page.matches) found.push(parseJson(body) as unknown as SearchParameter);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
