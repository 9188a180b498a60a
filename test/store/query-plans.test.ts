import { join } from 'node:path';
import type { Expression, RangeTest, SortKey } from '../../src/search/expression.ts';
import { findCandidates } from '../../src/store/sqlite/candidates.ts';
import { ChangeReader } from '../../src/store/sqlite/changes.ts';
import { compileTest } from '../../src/store/sqlite/compile.ts';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { Dictionary } from '../../src/store/sqlite/dictionary.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import type { Position } from '../../src/store/sqlite/order.ts';
import { dateRangeParts } from '../../src/store/sqlite/range-walks.ts';
import { hasSingleDates } from '../../src/store/sqlite/single-dates.ts';
import { walksByKeys } from '../../src/store/sqlite/sorted-walks.ts';
import type { Sql } from '../../src/store/sqlite/sql.ts';
import { beyondStretch, readStream, streamsOf } from '../../src/store/sqlite/streams.ts';
import type { ValueExpression } from '../../src/store/sqlite/value-conditions.ts';
import { Versions } from '../../src/store/sqlite/versions.ts';
import {
  beyondCriterion,
  sortMatches,
  walkCriterion,
  walkCriterionShortly,
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

const canonical: Expression[] = [
  { ...chain, canonical: true },
  { ...has, canonical: true },
];

const expression: Expression = {
  kind: 'and',
  operands: [
    ...criteria,
    { kind: 'not', operand: { kind: 'or', operands: criteria } },
    chain,
    has,
    ...canonical,
  ],
};

const searched = { tenant: 't', scope: 1 };

function sought() {
  return { dictionary, searched, criteria: [expression], expression, limit: 21 };
}

function planOf({ text, values }: Sql): string[] {
  return connection.rows(`EXPLAIN QUERY PLAN ${text}`, values).map((row) => String(row[3]));
}

/** Steps that read a whole table or index; the lists and the bounded rows that a query brings along are no such thing. */
function scans(plan: readonly string[]): string[] {
  return plan.filter((step) => step.startsWith('SCAN') && !/SCAN (c|json_each|found|s0)\b/.test(step));
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

const code: Expression = { kind: 'token', parameter: 'code', system: 's', code: 'x' };

const nameParts: Expression = {
  kind: 'or',
  operands: ['family', 'given', 'name'].map((parameter) => ({
    kind: 'string',
    parameter,
    match: 'prefix',
    value: 'x',
  })),
};

/** What a search of each shape reads along an index of its own order, however many resources match. */
const streamed: Record<string, Expression> = {
  'a prefix': { kind: 'string', parameter: 'name', match: 'prefix', value: 'x' },
  'the prefix of a name with parts': nameParts,
  'a part of a text': { kind: 'string', parameter: 'name', match: 'contains', value: 'x' },
  'the system of a token': { kind: 'token', parameter: 'identifier', system: 's' },
  'a uri that starts so': { kind: 'uri', parameter: 'url', value: 'x', match: 'prefix' },
  'a value above': {
    kind: 'quantity',
    parameter: 'value',
    tests: [{ bound: 'high', operator: '>', value: 1 }],
    unit: 'kg',
  },
  'a date after': { kind: 'date', parameter: 'date', tests: [{ bound: 'high', operator: '>', value: 1 }] },
  'a date between': {
    kind: 'date',
    parameter: 'date',
    tests: [
      { bound: 'low', operator: '>=', value: 1 },
      { bound: 'low', operator: '<', value: 9 },
    ],
  },
  'a chain to a name': {
    kind: 'chain',
    parameter: 'subject',
    targetType: 'Group',
    expression: nameParts,
  },
  'a chain to an identifier': { kind: 'chain', parameter: 'subject', targetType: 'Group', expression: code },
  'the code of a referrer': { kind: 'has', parameter: 'subject', sourceType: 'Group', expression: code },
  'a chain of a referrer': {
    kind: 'has',
    parameter: 'subject',
    sourceType: 'Group',
    expression: { kind: 'chain', parameter: 'performer', targetType: 'Group', expression: nameParts },
  },
  'a referrer of a target, with another criterion': {
    kind: 'chain',
    parameter: 'subject',
    targetType: 'Group',
    expression: {
      kind: 'and',
      operands: [code, { kind: 'has', parameter: 'subject', sourceType: 'Group', expression: code }],
    },
  },
};

describe('a stream reads its index from the page on, without sorting', () => {
  for (const [title, shape] of Object.entries(streamed)) {
    test(title, () => {
      const streams = streamsOf(dictionary, searched, shape) ?? [];
      expect(streams.length).toBeGreaterThan(0);
      const test = compileTest(dictionary, searched, expression);
      for (const stream of streams) {
        const first = { span: 256, limit: 21 };
        for (const stretch of [first, { ...first, after: stream.order.map(() => 1) }]) {
          for (const query of [readStream(stream, test, stretch), beyondStretch(stream, stretch)]) {
            const plan = planOf(query);
            expect(scans(plan)).toEqual([]);
            expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
            expect(plan.filter((step) => step.includes('MATERIALIZE'))).toEqual([]);
          }
          expect(planOf(readStream(stream, test, stretch))[0]).toBe('CO-ROUTINE s0');
        }
      }
    });
  }
});

test('the rows of a code are read from the page on and tested as they come', () => {
  const criterion = code as ValueExpression;
  const test = compileTest(dictionary, searched, expression);
  for (const start of [undefined, position]) {
    for (const query of [
      walkCriterionShortly(sought(), criterion, test, start, 256),
      beyondCriterion(sought(), criterion, start, 256),
    ]) {
      const plan = planOf(query);
      expect(scans(plan)).toEqual([]);
      expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    }
  }
});

test('a date range sorted by date reads the dates within it, and sorts wide ones alone', () => {
  const alternatives: RangeTest[][] = [
    [
      { bound: 'high', operator: '>', value: 1 },
      { bound: 'low', operator: '<', value: 9 },
    ],
  ];
  const test = compileTest(dictionary, searched, expression);
  for (const descending of [false, true]) {
    const key: SortKey = { parameter: 'date', family: 'date', descending };
    const start = { values: [5], rid: 5 };
    const walk = { dictionary, searched, key, alternatives, test, position: start, limit: 21 };
    const parts = dateRangeParts(walk, 256);
    expect(parts.map(({ isSorted }) => isSorted)).toEqual([false, true]);
    for (const { rows, beyond, isSorted } of parts) {
      const plans = [rows, beyond].map(planOf);
      for (const plan of plans) {
        expect(scans(plan)).toEqual([]);
        const index = isSorted ? /date_wide \(p=\? AND high>\?\)/ : /PRIMARY KEY \(p=\? AND .*low/;
        expect(plan.join('\n')).toMatch(index);
      }
      const sorting = plans.flat().filter((step) => step.includes('TEMP B-TREE'));
      expect(sorting.length).toBe(isSorted ? 1 : 0);
    }
  }
});

test('several sort keys and keys with parts read an index, and sort the rows that are equal in it', () => {
  const name: SortKey = {
    parameter: 'name',
    family: 'string',
    descending: false,
    parts: ['family', 'given'],
  };
  const starts = [undefined, { values: ['x', 'y'], rid: 5 }];
  for (const first of [name, ...keys]) {
    const sort = [first, { parameter: 'q', family: 'token' as const, descending: true }];
    for (const walk of starts.flatMap((start) => walksByKeys(sought(), sort, start))) {
      const plan = planOf(walk);
      expect(scans(plan)).toEqual([]);
      expect(plan).not.toContain('USE TEMP B-TREE FOR ORDER BY');
    }
  }
});

test('whether a parameter has several dates is looked up', () => {
  const plans: string[][] = [];
  const looking = {
    row: (text: string, values: Sql['values']) => {
      plans.push(planOf({ text, values }));
      return undefined;
    },
  } as unknown as Connection;
  expect(hasSingleDates(looking, dictionary, searched, 'date')).toBe(true);
  expect(plans.flat().join()).toContain('USING INDEX date_several (p=?)');
});

test('the bodies of a page and what it includes are read in one query each', () => {
  const plans: string[][] = [];
  const reading = {
    rows: (text: string, values: Sql['values']) => {
      plans.push(planOf({ text, values }));
      return [];
    },
    value: () => 1,
  } as unknown as Connection;
  const versions = new Versions(reading, dictionary);
  versions.byRows('Patient', [1, 2, 3, 4, 5]);
  versions.many('t', [
    { type: 'Patient', id: 'a' },
    { type: 'Patient', id: 'b' },
  ]);
  versions.targets('t', 'Patient', ['a', 'b'], ['link', 'organization']);
  expect(plans).toHaveLength(3);
  for (const plan of plans) expect(scans(plan)).toEqual([]);
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
    { ...chain, expression: narrow, canonical: true },
    { ...has, expression: narrow, canonical: true },
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
