import type { Resource } from '../../src/fhir/resource.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { extract, parse } from '../support/search.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let stores: DatabaseStores;
let store: ResourceStore;

function observation(id: string, code: string, value: number): Resource {
  const valueQuantity = { value, system: 'http://unitsofmeasure.org', code: 'mg' };
  return { resourceType: 'Observation', id, code: { coding: [{ code }] }, valueQuantity } as Resource;
}

/** A frequent code with few high values, beside many high values of other codes. */
beforeAll(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory() });
  store = stores.forTenant('t');
  const resources = Array.from({ length: 4_000 }, (_, n) =>
    n % 2 === 0
      ? observation(`o${n}`, 'frequent', n < 8 ? 900 + n : n % 100)
      : observation(`o${n}`, 'other', 950),
  );
  await store.commit(
    resources.map((resource) =>
      put(resource.id as string, { type: 'Observation', index: extract(resource) }),
    ),
  );
});

afterAll(() => stores.close());

const search = 'Observation?code=frequent&value-quantity=gt800|http://unitsofmeasure.org|mg';

test.each([
  ['in the order of creation', []],
  ['sorted', [{ parameter: '_lastUpdated', family: 'lastUpdated' as const, descending: true }]],
])('rare values of a frequent code are found without reading the others, %s', async (_, sort) => {
  const { expression } = parse(search);
  const found = await store.search({ type: 'Observation', expression, sort, count: 10 });
  expect(found.matches.map(({ id }) => id).sort()).toEqual(['o0', 'o2', 'o4', 'o6']);
  const explanation = await store.explain!({ type: 'Observation', expression, sort, count: 10 });
  expect(explanation.isHeavy).toBe(false);
  const rows = explanation.steps.reduce((sum, step) => sum + step.rows, 0);
  expect(rows).toBeLessThan(100);
  const plans = explanation.steps.flatMap(({ plan }) => plan).join('\n');
  expect(plans).toMatch(/SEARCH v USING .*(low|high)>\?/);
});

test('their values may come in sampled data, from the first of them on', async () => {
  const sampled = {
    resourceType: 'Observation',
    id: 'sampled',
    code: { coding: [{ code: 'frequent' }] },
    valueSampledData: {
      origin: { value: 850, system: 'http://unitsofmeasure.org', code: 'mg' },
      data: '1 2 3',
    },
  } as unknown as Resource;
  const { expression } = parse(search);
  expect(await store.count('Observation', expression, 10_000)).toBe(4);
  await store.commit([put('sampled', { type: 'Observation', index: extract(sampled) })]);
  expect(await store.count('Observation', expression, 10_000)).toBe(5);
  const found = await store.search({ type: 'Observation', expression, sort: [], count: 10 });
  expect(found.matches.map(({ id }) => id)).toContain('sampled');
});
