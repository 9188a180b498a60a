import { join } from 'node:path';
import type { Expression, SortKey } from '../../src/search/expression.ts';
import { findCandidates } from '../../src/store/sqlite/candidates.ts';
import { ChangeReader } from '../../src/store/sqlite/changes.ts';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { Dictionary } from '../../src/store/sqlite/dictionary.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import type { Position } from '../../src/store/sqlite/order.ts';
import type { Sql } from '../../src/store/sqlite/sql.ts';
import type { ValueExpression } from '../../src/store/sqlite/value-conditions.ts';
import { Versions } from '../../src/store/sqlite/versions.ts';
import {
  sortMatches,
  walkCriterion,
  walkSorted,
  walkType,
  walkUnsorted,
} from '../../src/store/sqlite/walks.ts';
import { put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let connection: Connection;
let dictionary: Dictionary;

beforeAll(async () => {
  const directory = await temporaryDirectory();
  const stores = await openSqliteStores({ directory });
  await stores.forTenant('t').commit([put('a')]);
  await stores.close();
  connection = Connection.forReading(join(directory, 'passerelle.db'));
  dictionary = new Dictionary(connection, 'read');
});

afterAll(() => connection.close());

const criteria: Expression[] = [
  { kind: 'token', parameter: 'p', code: 'x' },
  { kind: 'token', parameter: 'p', code: 'x', system: 's' },
  { kind: 'token', parameter: 'p', system: 's' },
  { kind: 'string', parameter: 'p', match: 'prefix', value: 'x' },
  { kind: 'string', parameter: 'p', match: 'whole', value: 'x' },
  { kind: 'string', parameter: 'p', match: 'exact', value: 'x' },
  { kind: 'date', parameter: 'p', tests: [{ bound: 'high', operator: '>', value: 1 }] },
  { kind: 'number', parameter: 'p', tests: [{ bound: 'high', operator: '<', value: 1 }] },
  { kind: 'quantity', parameter: 'p', tests: [{ bound: 'low', operator: '>', value: 1 }], unit: 'kg' },
  { kind: 'uri', parameter: 'p', value: 'x' },
  { kind: 'uri', parameter: 'p', value: 'x', match: 'prefix' },
  { kind: 'reference', parameter: 'p', type: 'Group', id: 'x' },
  { kind: 'missing', parameter: 'p', family: 'token', missing: false },
  { kind: 'near', parameter: 'p', latitude: 48, longitude: 2, distance: 1000 },
  { kind: 'ids', ids: ['x'] },
  { kind: 'lastUpdated', tests: [{ bound: 'low', operator: '>', value: 1 }] },
];

const chain: Expression = {
  kind: 'chain',
  parameter: 'p',
  targetType: 'Group',
  expression: { kind: 'and', operands: criteria },
};

const has: Expression = {
  kind: 'has',
  parameter: 'p',
  sourceType: 'Group',
  expression: { kind: 'and', operands: criteria },
};

const expression: Expression = {
  kind: 'and',
  operands: [...criteria, { kind: 'not', operand: { kind: 'or', operands: criteria } }, chain, has],
};

function sought() {
  return { dictionary, searched: { tenant: 't', scope: 1 }, expression, limit: 21 };
}

function planOf({ text, values }: Sql): string[] {
  return connection.rows(`EXPLAIN QUERY PLAN ${text}`, values).map((row) => String(row[3]));
}

/** Steps that read a whole table or index; the lists that a query brings along are no such thing. */
function scans(plan: readonly string[]): string[] {
  return plan.filter((step) => step.startsWith('SCAN') && !/SCAN (c|json_each|found)\b/.test(step));
}

const position: Position = { values: ['x'], rid: 5 };

const families = [
  'string',
  'token',
  'date',
  'number',
  'quantity',
  'reference',
  'uri',
  'id',
  'lastUpdated',
] as const;

const keys: SortKey[] = families.flatMap((family) =>
  [false, true].map((descending) => ({ parameter: 'p', family, descending })),
);

test('walks read an index in its order: no scan, no sorting', () => {
  const ordered = criteria.filter(
    (node): node is ValueExpression =>
      ('code' in node && node.code !== undefined) ||
      (node.kind === 'uri' && node.match === undefined) ||
      node.kind === 'reference',
  );
  const walks = [undefined, position].flatMap((start) => [
    walkType(sought(), start),
    ...ordered.map((criterion) => walkCriterion(sought(), criterion, start)),
    ...keys.map((key) => walkSorted(sought(), key, start)),
    ...keys.map((key) => walkSorted({ ...sought(), until: [9, 'y'] }, key, start)),
    ...keys.map((key) => walkUnsorted(sought(), key, 'date', start)),
  ]);
  expect(ordered).toHaveLength(4);
  for (const walk of walks) {
    const plan = planOf(walk);
    expect(scans(plan)).toEqual([]);
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  }
});

test('sorting candidates reads them by row id', () => {
  for (const key of keys) expect(scans(planOf(sortMatches(sought(), [1, 2], [key], position)))).toEqual([]);
});

test('probes read an index from its first match on', () => {
  const plans: string[][] = [];
  const probing = {
    rows: (text: string, values: Sql['values']) => {
      plans.push(planOf({ text, values }));
      return [];
    },
  } as unknown as Connection;
  const [narrow] = criteria as [Expression];
  const links: Expression[] = [
    { ...chain, expression: narrow },
    { ...has, expression: narrow },
  ];
  for (const criterion of [...criteria, ...links]) {
    findCandidates(probing, dictionary, { tenant: 't', scope: 1 }, criterion, { rows: 256, whole: false });
  }
  expect(plans.length).toBeGreaterThan(criteria.length);
  for (const plan of plans) expect(scans(plan)).toEqual([]);
});

test('histories of types and tenants read indexes in the order of time', () => {
  const plans: string[][] = [];
  const reading = {
    read: <T>(work: () => T) => work(),
    rows: (text: string, values: Sql['values']) => {
      if (text.includes('ORDER BY')) plans.push(planOf({ text, values }));
      return connection.rows(text, values);
    },
  } as unknown as Connection;
  const reader = new ChangeReader(reading, new Versions(connection, dictionary));
  const bounded = { since: 1, at: { low: 1, high: 2 }, cursor: '[5,6,7]' };
  for (const page of [{}, { type: 'Patient' }, bounded]) {
    reader.changes('t', { ...page, count: 3 });
    reader.changes('t', { ...page, count: 3, oldestFirst: true });
  }
  expect(plans).toHaveLength(18);
  for (const plan of plans) {
    expect(scans(plan)).toEqual([]);
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  }
});
