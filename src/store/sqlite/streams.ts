import type { Expression, ValueFamily } from '../../search/expression.ts';
import { breadth } from './breadth.ts';
import { compileTest } from './compile.ts';
import { type Dictionary, unknown } from './dictionary.ts';
import { familyTables } from './families.ts';
import { rangeProbes } from './range-conditions.ts';
import { testOnRow } from './resource-tests.ts';
import { all, type Sql, sql } from './sql.ts';
import {
  isValueExpression,
  type SearchedType,
  type ValueExpression,
  valueCondition,
} from './value-conditions.ts';

/**
 * A way to the resources that meet a criterion in the order of one index: its rows, and what joins them to the
 * resources. A page costs the rows that it reads, however many resources match.
 */
export interface Stream {
  leaf: Leaf;
  /** From a row `s0` of the leaf to one that names the resource. */
  joins: Sql;
  /** The row id of the resource. */
  rid: string;
  /** Whether the joins have the resource as `t<depth>` already. */
  hasResource: boolean;
  /** What a row has to meet beyond the bounds of the leaf: each resource does so in one row alone. */
  condition: Sql;
  /** The columns that the rows are ordered by; no two are alike in all. */
  order: readonly string[];
  /** Nothing ever had a value of the parameter whose index it is: there is nothing to read. */
  isEmpty: boolean;
}

/** The rows of an index table between two bounds, in the order of the index. */
interface Leaf {
  table: string;
  index?: string;
  /** On the row `v`. */
  bounds: Sql;
  order: readonly string[];
}

/** With more alternatives than this a search goes another way. */
const mostParts = 16;

/** The key of each family's table below its parameter. */
const keys: Readonly<Record<ValueFamily, readonly string[]>> = {
  string: ['folded', 'rid', 'exact'],
  token: ['code', 'rid', 'system'],
  date: ['low', 'rid', 'high'],
  number: ['low', 'rid', 'high'],
  quantity: ['low', 'rid', 'high', 'system', 'code', 'unit'],
  reference: ['target_id', 'rid', 'target'],
  uri: ['value', 'rid'],
};

/**
 * The streams that one after the other give each resource `t<depth>` that meets the expression once, or `undefined`
 * when no index gives them in its order.
 */
export function streamsOf(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Expression,
  depth = 0,
): Stream[] | undefined {
  switch (expression.kind) {
    case 'and':
      return streamsOfAll(dictionary, searched, expression.operands, depth);
    case 'or':
      return streamsOfAny(dictionary, searched, expression.operands, depth);
    case 'chain':
      return expression.canonical ? undefined : streamsOfChain(dictionary, searched, expression, depth);
    case 'has':
      return expression.canonical ? undefined : streamsOfHas(dictionary, searched, expression, depth);
    default:
      return isValueExpression(expression) ? streamsOfValue(dictionary, searched, expression) : undefined;
  }
}

/** The streams of the narrowest operand, tested with the others. */
function streamsOfAll(
  dictionary: Dictionary,
  searched: SearchedType,
  operands: readonly Expression[],
  depth: number,
): Stream[] | undefined {
  for (const operand of operands.toSorted((a, b) => breadth(a) - breadth(b))) {
    const streams = streamsOf(dictionary, searched, operand, depth);
    if (streams === undefined) continue;
    const others = operands.filter((other) => other !== operand);
    const test = compileTest(dictionary, searched, { kind: 'and', operands: others }, depth);
    return streams.map((stream) => narrowed(stream, test));
  }
  return undefined;
}

/** The streams of each operand, without what those before gave. */
function streamsOfAny(
  dictionary: Dictionary,
  searched: SearchedType,
  operands: readonly Expression[],
  depth: number,
): Stream[] | undefined {
  if (operands.length > mostParts) return undefined;
  const streams: Stream[] = [];
  const before: Expression[] = [];
  for (const operand of operands) {
    const own = streamsOf(dictionary, searched, operand, depth);
    if (own === undefined) return undefined;
    if (own.every(({ isEmpty }) => isEmpty)) {
      // They keep their places for the pages after this one.
      streams.push(...own);
      continue;
    }
    const given: Expression = { kind: 'not', operand: { kind: 'or', operands: [...before] } };
    const test = before.length === 0 ? undefined : compileTest(dictionary, searched, given, depth);
    streams.push(...(test === undefined ? own : own.map((stream) => narrowed(stream, test))));
    before.push(operand);
  }
  return streams.length > mostParts ? undefined : streams;
}

function narrowed(stream: Stream, test: Sql): Stream {
  return { ...stream, condition: all([stream.condition, test]) };
}

/** Index rows of a value, of which each resource passes with its first that meets the criterion. */
function streamsOfValue(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: ValueExpression,
): Stream[] {
  const { family, p, condition } = valueCondition(dictionary, searched, expression);
  const { table, byResource } = familyTables[family];
  const key = keys[family];
  const values = key.filter((column) => column !== 'rid');
  const columns = (alias: string) => values.map((column) => `${alias}.${column}`).join(', ');
  // A value of rank 3 is the lowest and the highest: others of the resource have the same key at most.
  const isFirst = sql(
    `(s0.rank = 3 OR NOT EXISTS (SELECT 1 FROM ${table} v INDEXED BY ${byResource}
      WHERE v.rid = s0.rid AND v.p = ? AND ${condition.text}
        AND (v.rank = 3 OR (${columns('v')}) < (${columns('s0')}))))`,
    p,
    ...condition.values,
  );
  return leafBounds(expression, condition).map(({ bounds, byEnd }) => {
    const order = byEnd ? ['high', 'low', ...key.filter((column) => !/^(high|low)$/.test(column))] : key;
    return {
      leaf: {
        table,
        ...(byEnd ? { index: `${family}_wide` } : {}),
        bounds: all([sql('v.p = ?', p), bounds]),
        order,
      },
      joins: sql(''),
      rid: 's0.rid',
      hasResource: false,
      condition: bounds === condition ? isFirst : all([ofLeaf(condition), isFirst]),
      order: order.map((column) => `s0.${column}`),
      isEmpty: p === unknown,
    };
  });
}

/** What of a criterion bounds the index; the rest is tested row by row. */
function leafBounds(expression: ValueExpression, condition: Sql): { bounds: Sql; byEnd?: boolean }[] {
  switch (expression.kind) {
    case 'token':
      return [{ bounds: expression.code === undefined ? sql('1') : sql('v.code = ?', expression.code) }];
    case 'string':
      return [{ bounds: expression.match === 'contains' ? sql('1') : condition }];
    case 'reference':
      return [{ bounds: sql('v.target_id = ?', 'url' in expression ? expression.url : expression.id) }];
    case 'uri':
      return [{ bounds: condition }];
    case 'date':
    case 'number':
    case 'quantity':
      return rangeProbes(expression.kind, expression.tests).map(({ condition, isWide }) => ({
        bounds: condition,
        byEnd: isWide,
      }));
  }
}

/** The resources that refer to what the streams of the target give. */
function streamsOfChain(
  dictionary: Dictionary,
  searched: SearchedType,
  { parameter, targetType, expression }: Extract<Expression, { kind: 'chain' }>,
  depth: number,
): Stream[] | undefined {
  const target = { tenant: searched.tenant, scope: dictionary.scope(searched.tenant, targetType) };
  const [inner, link] = [`t${depth + 1}`, `w${depth}`];
  const p = dictionary.parameter(searched.scope, parameter);
  const test = compileTest(dictionary, target, expression, depth + 1);
  const isFirst = sql(
    `may_link() AND (${link}.rank = 3 OR NOT EXISTS (SELECT 1 FROM reference_value r INDEXED BY reference_by_resource
      CROSS JOIN resource ${inner} ON ${inner}.scope = r.target AND ${inner}.id = r.target_id
      WHERE r.rid = ${link}.rid AND r.p = ? AND r.target = ? AND r.target_id < ${link}.target_id
        AND ${inner}.deleted = 0 AND ${test.text}))`,
    p,
    target.scope,
    ...test.values,
  );
  const join = sql(
    `CROSS JOIN reference_value ${link} ON ${link}.p = ? AND ${link}.target_id = ${inner}.id
       AND ${link}.target = ?`,
    p,
    target.scope,
  );
  return streamsOf(dictionary, target, expression, depth + 1)?.map((stream) => ({
    ...extended(stream, inner, join, isFirst, `${link}.rid`),
    rid: `${link}.rid`,
    hasResource: false,
  }));
}

/** The resources that are referred to by what the streams of the source give. */
function streamsOfHas(
  dictionary: Dictionary,
  searched: SearchedType,
  { parameter, sourceType, expression }: Extract<Expression, { kind: 'has' }>,
  depth: number,
): Stream[] | undefined {
  const source = { tenant: searched.tenant, scope: dictionary.scope(searched.tenant, sourceType) };
  const [inner, link, target] = [`t${depth + 1}`, `w${depth}`, `t${depth}`];
  const p = dictionary.parameter(source.scope, parameter);
  const test = compileTest(dictionary, source, expression, depth + 1);
  const isFirst = sql(
    `may_link() AND ${link}.target = ? AND ${target}.deleted = 0
     AND NOT EXISTS (SELECT 1 FROM reference_value r CROSS JOIN resource ${inner} ON ${inner}.rid = r.rid
       WHERE r.p = ? AND r.target_id = ${link}.target_id AND r.target = ${link}.target AND r.rid < ${link}.rid
         AND ${inner}.deleted = 0 AND ${test.text})`,
    searched.scope,
    p,
    ...test.values,
  );
  const join = sql(
    `CROSS JOIN reference_value ${link} INDEXED BY reference_by_resource
       ON ${link}.rid = ${inner}.rid AND ${link}.p = ?
     CROSS JOIN resource ${target} ON ${target}.scope = ${link}.target AND ${target}.id = ${link}.target_id`,
    p,
  );
  return streamsOf(dictionary, source, expression, depth + 1)?.map((stream) => ({
    ...extended(stream, inner, join, isFirst, `${link}.target_id`),
    rid: `${target}.rid`,
    hasResource: true,
  }));
}

/** A stream that goes on from its resources by a join, with one row for each value of a column more. */
function extended(
  { leaf, joins, rid, hasResource, condition, order, isEmpty }: Stream,
  resource: string,
  join: Sql,
  test: Sql,
  column: string,
): Omit<Stream, 'rid' | 'hasResource'> {
  const row = sql(hasResource ? '' : `CROSS JOIN resource ${resource} ON ${resource}.rid = ${rid}`);
  return {
    leaf,
    joins: joined(joined(joins, row), join),
    condition: all([condition, test]),
    order: [...order, column],
    isEmpty,
  };
}

function joined(first: Sql, second: Sql): Sql {
  return { text: `${first.text} ${second.text}`, values: [...first.values, ...second.values] };
}

/** A condition on a row of a value as one on the rows of a leaf. */
function ofLeaf({ text, values }: Sql): Sql {
  return { text: text.replaceAll(/\bv\./g, 's0.'), values };
}

/** How far a stream is read, and from where. */
export interface Stretch {
  /** The columns of `order` of the last row before. */
  after?: readonly (string | number)[];
  /** Rows of the leaf that are read at most. */
  span: number;
  /** Rows that are answered at most. */
  limit: number;
}

/** Rows [rid, order…] of the resources of a stream that meet one more test on `t0`. */
export function readStream(stream: Stream, test: Sql, { after, limit, span }: Stretch): Sql {
  const { leaf, joins, rid, hasResource, condition, order } = stream;
  const read = leafRows(leaf, '*', after, span, 0);
  const beyond =
    after === undefined
      ? sql('1')
      : sql(`(${order.join(', ')}) > (${order.map(() => '?').join(', ')})`, ...after);
  const onRow = testOnRow(all([condition, beyond, test]), rid);
  // No ORDER BY: joins in this order keep that of the leaf, where SQLite would sort all rows to be sure.
  return {
    text: `SELECT ${rid}, ${order.join(', ')} FROM (${read.text}) s0 ${joins.text} ${hasResource ? '' : onRow.join}
           WHERE ${onRow.test.text} LIMIT ?`,
    values: [...read.values, ...joins.values, ...onRow.test.values, limit],
  };
}

/** One row when the leaf has more rows than the stretch read. */
export function beyondStretch({ leaf }: Stream, { after, span }: Stretch): Sql {
  return leafRows(leaf, '1', after, 1, span);
}

function leafRows(
  { table, index, bounds, order }: Leaf,
  columns: string,
  after: Stretch['after'],
  limit: number,
  skip: number,
): Sql {
  const ordered = order.map((column) => `v.${column}`).join(', ');
  const start =
    after === undefined
      ? sql('1')
      : sql(`(${ordered}) >= (${order.map(() => '?').join(', ')})`, ...after.slice(0, order.length));
  return {
    text: `SELECT ${columns} FROM ${table} v ${index === undefined ? '' : `INDEXED BY ${index}`}
           WHERE ${bounds.text} AND ${start.text} ORDER BY ${ordered} LIMIT ? OFFSET ?`,
    values: [...bounds.values, ...start.values, limit, skip],
  };
}
