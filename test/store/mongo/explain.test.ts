import type { MongoStores } from '../../../src/store/mongo/open.ts';
import { put } from '../../contract/fixtures.ts';
import { openMongoTestStores } from '../../support/mongo.ts';

let stores: MongoStores;

beforeAll(async () => {
  stores = await openMongoTestStores();
});

afterAll(() => stores.close());

test('a search tells its reads and their indexes, and no value that was sought', async () => {
  const store = stores.forTenant('secret tenant');
  const index = { string: [{ parameter: 'name', folded: 'durand', exact: 'Durand' }] };
  await store.commit(['a', 'b', 'c'].map((id) => put(id, { index })));
  const expression = { kind: 'string', parameter: 'name', match: 'prefix', value: 'duran' } as const;
  const sort = [{ parameter: 'name', family: 'string', descending: false }] as const;
  const explained = await store.explain?.({ type: 'Patient', expression, sort, count: 2 });
  expect(explained).toMatchObject({ matches: 2, isHeavy: false });
  expect(explained?.steps.map(({ plan, runs, rows }) => ({ plan, runs, rows }))).toEqual([
    { plan: ['IXSCAN keys'], runs: 1, rows: 3 },
    { plan: ['SORT', 'IXSCAN _id_'], runs: 1, rows: 3 },
    { plan: ['IXSCAN _id_'], runs: 1, rows: 3 },
  ]);
  const statements = explained?.steps.map(({ statement }) => statement).join('\n') ?? '';
  expect(statements).toContain('find current.Patient');
  expect(statements).toContain('lowest.string-name');
  expect(statements).not.toMatch(/duran|secret/i);
});
