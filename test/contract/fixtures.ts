import type { Expression } from '../../src/search/expression.ts';
import { emptyIndexValues, type IndexValues } from '../../src/search/index-values.ts';
import type {
  DeleteChange,
  PutChange,
  ResourceStore,
  ResourceStores,
  SearchQuery,
} from '../../src/store/contract.ts';

/** Opens the store under test, once for the whole suite. */
export type OpenedStores = () => ResourceStores;

export const everything: Expression = { kind: 'and', operands: [] };

/** The instant of the first version in these tests; later versions are a second apart. */
export const firstInstant = Date.UTC(2024, 0, 1);

let tenants = 0;

/** A tenant of its own for each test, so that the tests share one open store. */
export function newTenant(): string {
  tenants += 1;
  return `tenant-${tenants}`;
}

function indexWith(values: Partial<IndexValues>): IndexValues {
  return { ...emptyIndexValues(), ...values };
}

export type PutOptions = Partial<Omit<PutChange, 'kind' | 'index'>> & { index?: Partial<IndexValues> };

/** A put of version 1 of a Patient, unless told otherwise; its body tells the version. */
export function put(id: string, { index = {}, ...options }: PutOptions = {}): PutChange {
  const { type = 'Patient', version = 1 } = options;
  return {
    kind: 'put',
    type,
    id,
    version,
    expectedVersion: version - 1,
    lastUpdated: firstInstant + version * 1000,
    method: 'PUT',
    body: JSON.stringify({ resourceType: type, id, meta: { versionId: String(version) } }),
    restricted: false,
    ...options,
    index: indexWith(index),
  };
}

/** A deletion that makes this version. */
export function deletion(id: string, version: number, type = 'Patient'): DeleteChange {
  return {
    kind: 'delete',
    type,
    id,
    version,
    expectedVersion: version - 1,
    lastUpdated: firstInstant + version * 1000,
    method: 'DELETE',
  };
}

/** The ids of all pages of a search, in their order. A page that starts where one started before is an error. */
export async function foundIds(
  store: ResourceStore,
  expression: Expression,
  options: Partial<Omit<SearchQuery, 'expression'>> = {},
): Promise<string[]> {
  const ids: string[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const query = { type: 'Patient', sort: [], count: 10, ...options, expression };
    const page = await store.search(cursor === undefined ? query : { ...query, cursor });
    ids.push(...page.matches.map(({ id }) => id));
    cursor = page.next;
    if (cursor !== undefined && cursors.has(cursor))
      throw new Error(`The pages run in a circle at ${cursor}`);
    if (cursor !== undefined) cursors.add(cursor);
  } while (cursor !== undefined);
  return ids;
}
