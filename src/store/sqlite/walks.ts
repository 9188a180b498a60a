import type { Expression, SortKey, ValueFamily } from '../../search/expression.ts';
import { compileTest } from './compile.ts';
import type { Row, SqlValue } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { familyTables } from './families.ts';
import { after, orderBy, type Position, ridsDescend, sortValue } from './order.ts';
import { testOnRow } from './resource-tests.ts';
import { all, type Sql, sql } from './sql.ts';
import { type SearchedType, type ValueExpression, valueCondition } from './value-conditions.ts';

/** What is looked for, and how far. */
export interface Sought {
  dictionary: Dictionary;
  searched: SearchedType;
  /** All of them are to be met. */
  criteria: readonly Expression[];
  /** The same in one. */
  expression: Expression;
  /** Rows that are answered at most. */
  limit: number;
  /** Rows that are left out before the first. */
  skip?: number;
  /** The last row that a walk may come to, as it answers rows. */
  until?: Row;
}

/** A node whose index rows lie in the order of row ids, once its values are fixed. */
function isOrdered(expression: Expression): expression is ValueExpression {
  switch (expression.kind) {
    case 'token':
      return expression.code !== undefined;
    case 'string':
      return expression.match === 'whole' || expression.match === 'exact';
    case 'reference':
      return true;
    case 'uri':
      return expression.match !== 'prefix';
    default:
      return false;
  }
}

/** With more alternatives than this a search does not read the index of each. */
const mostWays = 64;

/** The nodes whose index rows together are those of a criterion, each in the order of row ids. */
export function orderedWays(criterion: Expression): ValueExpression[] | undefined {
  const ways = alternativesOf(criterion);
  return ways.length > 0 && ways.length <= mostWays && ways.every(isOrdered) ? ways : undefined;
}

function alternativesOf(expression: Expression): Expression[] {
  return expression.kind === 'or' ? expression.operands.flatMap(alternativesOf) : [expression];
}

/** No criterion. */
export const everything: Expression = { kind: 'and', operands: [] };

export function isEverything(expression: Expression): boolean {
  return expression.kind === 'and' && expression.operands.every(isEverything);
}

/** The criteria that all have to be met. */
export function criteriaOf(expression: Expression): Expression[] {
  return expression.kind === 'and' ? expression.operands.flatMap(criteriaOf) : [expression];
}

/** Rows [rid] of all resources of the type, in the order of creation. */
export function walkType(sought: Sought, position?: Position): Sql {
  const { dictionary, searched, expression } = sought;
  const test = compileTest(dictionary, searched, expression);
  const range = ridRange('t0.rid', sought, position);
  return {
    text: `SELECT t0.rid FROM resource t0 INDEXED BY resource_current
           WHERE t0.scope = ? AND t0.deleted = 0 AND ${range.text} AND ${test.text}
           ORDER BY t0.rid LIMIT ? OFFSET ?`,
    values: [searched.scope, ...range.values, ...test.values, ...extent(sought)],
  };
}

/** Rows [rid] along the index of one criterion, in the order of creation. */
export function walkCriterion(sought: Sought, criterion: ValueExpression, position?: Position): Sql {
  const { dictionary, searched, expression } = sought;
  const { family, p, condition } = valueCondition(dictionary, searched, criterion);
  const test = isGivenBy(expression, criterion) ? sql('1') : compileTest(dictionary, searched, expression);
  const range = ridRange('v.rid', sought, position);
  return {
    text: `SELECT v.rid FROM ${familyTables[family].table} v ${joinResource(test)}
           WHERE v.p = ? AND ${condition.text} AND ${range.text} AND ${test.text}
           GROUP BY v.rid ORDER BY v.rid LIMIT ? OFFSET ?`,
    values: [p, ...condition.values, ...range.values, ...test.values, ...extent(sought)],
  };
}

/** True when the rows of the node are matches as they are. */
function isGivenBy(expression: Expression, node: ValueExpression): boolean {
  return alternativesOf(expression).includes(node);
}

/** Rows [rid] as `walkCriterion`, of the next `span` rows of the index alone. */
export function walkCriterionShortly(
  { dictionary, searched, limit }: Sought,
  criterion: ValueExpression,
  test: Sql,
  position: Position | undefined,
  span: number,
): Sql {
  const read = criterionRows(dictionary, searched, criterion, position);
  const onRow = testOnRow(test, 's0.rid');
  // No ORDER BY outside: the join keeps the order of the rows.
  return {
    text: `SELECT s0.rid FROM (${read.text} LIMIT ?) s0 ${onRow.join} WHERE ${onRow.test.text} LIMIT ?`,
    values: [...read.values, span, ...onRow.test.values, limit],
  };
}

/** A row when the index of a criterion has more than `span` further rows. */
export function beyondCriterion(
  { dictionary, searched }: Sought,
  criterion: ValueExpression,
  position: Position | undefined,
  span: number,
): Sql {
  const read = criterionRows(dictionary, searched, criterion, position);
  return { text: `${read.text} LIMIT 1 OFFSET ?`, values: [...read.values, span] };
}

function criterionRows(
  dictionary: Dictionary,
  searched: SearchedType,
  criterion: ValueExpression,
  position: Position | undefined,
): Sql {
  const { family, p, condition } = valueCondition(dictionary, searched, criterion);
  return {
    text: `SELECT v.rid FROM ${familyTables[family].table} v WHERE v.p = ? AND ${condition.text} AND v.rid > ?
           GROUP BY v.rid ORDER BY v.rid`,
    values: [p, ...condition.values, position?.rid ?? 0],
  };
}

/** Rows [rid, value] along the index of the sort key: the resources that have a value. */
export function walkSorted(sought: Sought, key: SortKey, position?: Position): Sql {
  return key.family === 'id' || key.family === 'lastUpdated'
    ? walkSortedResources(sought, key, position)
    : walkSortedValues(sought, key, key.family, position);
}

function walkSortedResources(sought: Sought, key: SortKey, position: Position | undefined): Sql {
  const { dictionary, searched, expression } = sought;
  const column = key.family === 'id' ? 'id' : 'updated';
  const test = compileTest(dictionary, searched, expression);
  const range = keyRange(`t0.${column}, t0.rid`, key, sought, position);
  return {
    text: `SELECT t0.rid, t0.${column} FROM resource t0 INDEXED BY resource_by_${column}
           WHERE t0.scope = ? AND t0.deleted = 0 AND ${range.text} AND ${test.text}
           ORDER BY t0.${column} ${direction(key)}, t0.rid ${direction(key)} LIMIT ? OFFSET ?`,
    values: [searched.scope, ...range.values, ...test.values, ...extent(sought)],
  };
}

function walkSortedValues(
  sought: Sought,
  key: SortKey,
  family: ValueFamily,
  position: Position | undefined,
): Sql {
  const { dictionary, searched, expression } = sought;
  const { table, key: column } = familyTables[family];
  const test = compileTest(dictionary, searched, expression);
  const range = keyRange(`v.${column}, v.rid`, key, sought, position);
  const p = dictionary.parameter(searched.scope, key.parameter);
  return {
    text: `SELECT v.rid, v.${column} FROM ${table} v ${joinResource(test)}
           WHERE v.p = ? AND v.rank & ${key.descending ? 2 : 1} AND ${range.text} AND ${test.text}
           ORDER BY v.${column} ${direction(key)}, v.rid ${direction(key)} LIMIT ? OFFSET ?`,
    values: [p, ...range.values, ...test.values, ...extent(sought)],
  };
}

/** Rows [rid, null]: the resources without a value of the sort key. */
export function walkUnsorted(
  { dictionary, searched, expression, limit }: Sought,
  key: SortKey,
  family: ValueFamily,
  position?: Position,
): Sql {
  const missing = { kind: 'missing', parameter: key.parameter, family, missing: true } as const;
  const test = compileTest(dictionary, searched, { kind: 'and', operands: [missing, expression] });
  const start = position === undefined ? sql('1') : sql(`t0.rid ${beyond(key)} ?`, position.rid);
  return {
    text: `SELECT t0.rid, NULL FROM resource t0 INDEXED BY resource_current
           WHERE t0.scope = ? AND t0.deleted = 0 AND ${start.text} AND ${test.text}
           ORDER BY t0.rid ${direction(key)} LIMIT ?`,
    values: [searched.scope, ...start.values, ...test.values, limit],
  };
}

/** Rows [rid, values…] of these candidates, or of the whole type, sorted after all matches are found. */
export function sortMatches(
  { dictionary, searched, expression, limit }: Sought,
  candidates: readonly number[] | undefined,
  sort: readonly SortKey[],
  position?: Position,
): Sql {
  const test = compileTest(dictionary, searched, expression);
  const keys = sort.map((key) => sortValue(dictionary, searched, key));
  const columns = keys.map(({ text }, at) => `, ${text} AS k${at}`).join('');
  const start = position === undefined ? sql('1') : after(sort, position);
  const from =
    candidates === undefined
      ? 'resource t0 INDEXED BY resource_current'
      : 'json_each(?) c CROSS JOIN resource t0 ON t0.rid = c.value';
  const source: SqlValue[] = candidates === undefined ? [] : [JSON.stringify(candidates)];
  return {
    text: `WITH found AS MATERIALIZED (SELECT t0.rid AS rid${columns} FROM ${from}
             WHERE t0.scope = ? AND t0.deleted = 0 AND ${test.text})
           SELECT * FROM found WHERE ${start.text} ORDER BY ${orderBy(sort)} LIMIT ?`,
    values: [
      ...keys.flatMap(({ values }) => values),
      ...source,
      searched.scope,
      ...test.values,
      ...start.values,
      limit,
    ],
  };
}

/** The part of the order of creation that a walk goes through. */
function ridRange(column: string, { until }: Sought, position: Position | undefined): Sql {
  const start = sql(`${column} > ?`, position?.rid ?? 0);
  return until === undefined ? start : all([start, sql(`${column} <= ?`, until[0] as SqlValue)]);
}

/** The part of a sorted index that a walk goes through. */
function keyRange(columns: string, key: SortKey, { until }: Sought, position: Position | undefined): Sql {
  const start =
    position && sql(`(${columns}) ${beyond(key)} (?, ?)`, position.values[0] as SqlValue, position.rid);
  const end =
    until &&
    sql(`(${columns}) ${key.descending ? '>=' : '<='} (?, ?)`, until[1] as SqlValue, until[0] as SqlValue);
  return all([start, end].filter((bound) => bound !== undefined));
}

/** A test needs the row of the resource; without one the walk stays in the index. */
function joinResource({ text }: Sql): string {
  return text === '1' ? '' : 'CROSS JOIN resource t0 ON t0.rid = v.rid';
}

function extent({ limit, skip = 0 }: Sought): number[] {
  return [limit, skip];
}

function direction(key: SortKey): 'ASC' | 'DESC' {
  return ridsDescend([key]) ? 'DESC' : 'ASC';
}

function beyond(key: SortKey): '<' | '>' {
  return ridsDescend([key]) ? '<' : '>';
}
