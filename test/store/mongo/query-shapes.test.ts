import { MongoClient } from 'mongodb';
import type { Expression, SortKey } from '../../../src/search/expression.ts';
import type { IndexValues } from '../../../src/search/index-values.ts';
import type { ResourceStore } from '../../../src/store/contract.ts';
import type { MongoStores } from '../../../src/store/mongo/open.ts';
import { everything, foundIds, put } from '../../contract/fixtures.ts';
import { mongoTestUri, newDatabaseName, openMongoTestStores } from '../../support/mongo.ts';
import { faultOf, readsDocuments, type SentCommand } from '../../support/mongo-plans.ts';

const total = 60;

const database = newDatabaseName();
let stores: MongoStores;
let store: ResourceStore;
let explaining: MongoClient;

/** The commands since the last look. */
let sent: SentCommand[] = [];

function indexAt(n: number): Partial<IndexValues> {
  const name = `martin ${n}`;
  return {
    token: [{ parameter: 'code', code: n % 2 === 0 ? 'x' : 'y', system: 's' }],
    string: [{ parameter: 'name', folded: name, exact: name }],
    date: [{ parameter: 'date', low: n, high: n + 1 }],
    number: [
      { parameter: 'position:latitude', low: 48 + n / 1000, high: 48 + n / 1000 },
      { parameter: 'position:longitude', low: 2, high: 2 },
    ],
    quantity: [{ parameter: 'value', low: n, high: n, system: 'u', code: 'kg' }],
    reference: [{ parameter: 'organization', type: 'Organization', id: `o${n % 4}` }],
    uri: [{ parameter: 'url', value: `urn:${n}` }],
  };
}

beforeAll(async () => {
  explaining = await MongoClient.connect(await mongoTestUri());
  stores = await openMongoTestStores({
    database,
    onCommand: (name, command) => sent.push({ name, command }),
  });
  store = stores.forTenant('t');
  const body = JSON.stringify({ resourceType: 'Patient', text: { div: '<div>toux fievre</div>' } });
  await store.commit(
    Array.from({ length: total }, (_, n) => put(`r${n}`, { index: indexAt(n), body, lastUpdated: 1000 + n })),
  );
  await store.commit([0, 1, 2, 3].map((n) => put(`o${n}`, { type: 'Organization', index: indexAt(n) })));
  await store.commit(
    [0, 1, 2, 3].map((n) =>
      put(`g${n}`, {
        type: 'Group',
        index: { reference: [{ parameter: 'member', type: 'Patient', id: `r${n}` }] },
      }),
    ),
  );
});

afterAll(async () => {
  await explaining.close();
  await stores.close();
});

const criteria: Record<string, Expression> = {
  'a code': { kind: 'token', parameter: 'code', code: 'x' },
  'a code and system': { kind: 'token', parameter: 'code', code: 'x', system: 's' },
  'a system': { kind: 'token', parameter: 'code', system: 's' },
  'any of several codes': {
    kind: 'or',
    operands: ['x', 'z'].map((code) => ({ kind: 'token', parameter: 'code', code })),
  },
  'a prefix': { kind: 'string', parameter: 'name', match: 'prefix', value: 'martin 1' },
  'a part of a name': { kind: 'string', parameter: 'name', match: 'contains', value: 'rtin' },
  'a name as written': { kind: 'string', parameter: 'name', match: 'exact', value: 'martin 1' },
  'a date after': { kind: 'date', parameter: 'date', tests: [{ bound: 'high', operator: '>', value: 50 }] },
  'a date within': {
    kind: 'date',
    parameter: 'date',
    tests: [
      { bound: 'low', operator: '>=', value: 10 },
      { bound: 'high', operator: '<=', value: 20 },
    ],
  },
  'a quantity with a unit': {
    kind: 'quantity',
    parameter: 'value',
    unit: 'kg',
    tests: [{ bound: 'low', operator: '>', value: 50 }],
  },
  'a URI': { kind: 'uri', parameter: 'url', value: 'urn:7' },
  'the beginning of a URI': { kind: 'uri', parameter: 'url', value: 'urn:1', match: 'prefix' },
  'a reference': { kind: 'reference', parameter: 'organization', type: 'Organization', id: 'o1' },
  ids: { kind: 'ids', ids: ['r1', 'r2'] },
  'a last update': { kind: 'lastUpdated', tests: [{ bound: 'low', operator: '>', value: 1050 }] },
  'a presence': { kind: 'missing', parameter: 'url', family: 'uri', missing: false },
  'a position': { kind: 'near', parameter: 'position', latitude: 48, longitude: 2, distance: 1000 },
  words: { kind: 'text', part: 'content', query: { words: ['toux'] } },
  'a phrase': { kind: 'text', part: 'narrative', query: { words: ['toux', 'fievre'] } },
  'a chain': {
    kind: 'chain',
    parameter: 'organization',
    targetType: 'Organization',
    expression: { kind: 'token', parameter: 'code', code: 'x' },
  },
  'a reverse chain': { kind: 'has', parameter: 'member', sourceType: 'Group', expression: everything },
  'two criteria': {
    kind: 'and',
    operands: [
      { kind: 'token', parameter: 'code', code: 'x' },
      { kind: 'string', parameter: 'name', match: 'prefix', value: 'martin 2' },
    ],
  },
  everything,
};

const byName: SortKey = { parameter: 'name', family: 'string', descending: false };
const sorts: Record<string, readonly SortKey[]> = {
  'in the order of creation': [],
  'by name': [byName],
  'by last update, newest first': [{ parameter: '_lastUpdated', family: 'lastUpdated', descending: true }],
  'by two keys': [byName, { parameter: 'code', family: 'token', descending: true }],
};

function reads(): SentCommand[] {
  const found = sent.filter(readsDocuments);
  sent = [];
  return found;
}

describe.each(Object.entries(sorts))('searches %s', (_, sort) => {
  beforeAll(async () => {
    // The first search of a sort begins to build its index.
    await store.search({ type: 'Patient', expression: everything, sort, count: 1 });
    await stores.indexBuilds.settled();
  });

  test.each(Object.entries(criteria))('for %s read indexes in their order', async (_, expression) => {
    reads();
    expect((await foundIds(store, expression, { sort, count: 25 })).length).toBeGreaterThan(0);
    const shapes = reads();
    expect(shapes.length).toBeGreaterThan(0);
    for (const shape of shapes) {
      const { hint } = shape.command;
      expect({ ...shape, fault: await faultOf(explaining.db(database), shape) }).toEqual(shape);
      expect(hint).toEqual(expect.any(String));
    }
  });
});
