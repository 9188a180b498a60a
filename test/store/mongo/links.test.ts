import type { Expression } from '../../../src/search/expression.ts';
import type { ResourceStore } from '../../../src/store/contract.ts';
import type { MongoStores } from '../../../src/store/mongo/open.ts';
import { foundIds, put } from '../../contract/fixtures.ts';
import { openMongoTestStores } from '../../support/mongo.ts';

let stores: MongoStores;
let store: ResourceStore;

const everyone = [0, 1, 2, 3, 4, 5, 6, 7];

const coded = (code: string) => ({ token: [{ parameter: 'code', code }] });

beforeAll(async () => {
  stores = await openMongoTestStores({ linkedResources: 3 });
  store = stores.forTenant('t');
  await store.commit(everyone.map((n) => put(`p${n}`, { index: coded(n < 6 ? 'many' : 'few') })));
  await store.commit(
    everyone.map((n) => {
      const reference = [{ parameter: 'subject', type: 'Patient', id: `p${n}` }];
      return put(`o${n}`, {
        type: 'Observation',
        index: { ...coded(n % 4 === 0 ? 'rare' : 'common'), reference },
      });
    }),
  );
});

afterAll(() => stores.close());

const code = (value: string): Expression => ({ kind: 'token', parameter: 'code', code: value });
const chain = (value: string): Expression => ({
  kind: 'chain',
  parameter: 'subject',
  targetType: 'Patient',
  expression: code(value),
});
const has = (value: string): Expression => ({
  kind: 'has',
  parameter: 'subject',
  sourceType: 'Observation',
  expression: code(value),
});
const both = (...operands: Expression[]): Expression => ({ kind: 'and', operands });

describe('a criterion on linked resources', () => {
  test('goes by those that match where they are few', async () => {
    expect(await foundIds(store, chain('few'), { type: 'Observation' })).toEqual(['o6', 'o7']);
    expect(await foundIds(store, has('rare'))).toEqual(['p0', 'p4']);
  });

  test('goes by the candidates of its own side where those are fewer', async () => {
    const options = { type: 'Observation' };
    expect(await foundIds(store, both(chain('many'), code('rare')), options)).toEqual(['o0', 'o4']);
    const negation: Expression = { kind: 'not', operand: chain('many') };
    expect(await foundIds(store, both(negation, { kind: 'ids', ids: ['o5', 'o6'] }), options)).toEqual([
      'o6',
    ]);
    expect(await foundIds(store, both(has('common'), code('few')))).toEqual(['p6', 'p7']);
  });

  test('is refused where both sides are too many', async () => {
    const refusal = { status: 400, issues: [expect.objectContaining({ code: 'too-costly' })] };
    for (const expression of [chain('many'), both(chain('many'), code('common'))]) {
      const query = { type: 'Observation', expression, sort: [], count: 5 };
      await expect(store.search(query)).rejects.toMatchObject(refusal);
    }
    await expect(store.count('Patient', has('common'), 60_000)).rejects.toMatchObject(refusal);
  });
});
