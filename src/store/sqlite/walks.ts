import type { Expression, SortKey, ValueFamily } from '../../search/expression.ts';
import { compileTest } from './compile.ts';
import type { SqlValue } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { familyTables } from './families.ts';
import { after, orderBy, type Position, ridsDescend, sortValue } from './order.ts';
import { type Sql, sql } from './sql.ts';
import {
  isValueExpression,
  type SearchedType,
  type ValueExpression,
  valueCondition,
} from './value-conditions.ts';

/** What is looked for, and how far. */
export interface Sought {
  dictionary: Dictionary;
  searched: SearchedType;
  expression: Expression;
  /** Rows that are read at most. */
  limit: number;
}

/** A node whose index rows lie in the order of row ids, once its values are fixed. */
export function isOrdered(expression: Expression): expression is ValueExpression {
  switch (expression.kind) {
    case 'token':
      return expression.code !== undefined;
    case 'string':
      return expression.match === 'exact';
    case 'reference':
    case 'uri':
      return true;
    default:
      return false;
  }
}

/** The criteria that all have to be met. */
export function criteriaOf(expression: Expression): Expression[] {
  return expression.kind === 'and' ? expression.operands.flatMap(criteriaOf) : [expression];
}

/** Rows [rid] of all resources of the type, in the order of creation. */
export function walkType({ dictionary, searched, expression, limit }: Sought, position?: Position): Sql {
  const test = compileTest(dictionary, searched, expression);
  return {
    text: `SELECT t0.rid FROM resource t0 INDEXED BY resource_current
           WHERE t0.scope = ? AND t0.deleted = 0 AND t0.rid > ? AND ${test.text} ORDER BY t0.rid LIMIT ?`,
    values: [searched.scope, position?.rid ?? 0, ...test.values, limit],
  };
}

/** Rows [rid] along the index of one criterion, in the order of creation. */
export function walkCriterion(
  { dictionary, searched, expression, limit }: Sought,
  criterion: ValueExpression,
  position?: Position,
): Sql {
  const { family, p, condition } = valueCondition(dictionary, searched, criterion);
  const bySystem = criterion.kind === 'token' && criterion.system !== undefined;
  const from = `${familyTables[family].table} v${bySystem ? ' INDEXED BY token_by_system' : ''}`;
  const where = `v.p = ? AND ${condition.text} AND v.rid > ?`;
  const values = [p, ...condition.values, position?.rid ?? 0];
  if (expression === criterion) {
    return {
      text: `SELECT v.rid FROM ${from} WHERE ${where} GROUP BY v.rid ORDER BY v.rid LIMIT ?`,
      values: [...values, limit],
    };
  }
  const test = compileTest(dictionary, searched, expression);
  return {
    text: `SELECT v.rid FROM ${from} CROSS JOIN resource t0 ON t0.rid = v.rid
           WHERE ${where} AND ${test.text} GROUP BY v.rid ORDER BY v.rid LIMIT ?`,
    values: [...values, ...test.values, limit],
  };
}

/** Rows [rid, value] along the index of the sort key: the resources that have a value. */
export function walkSorted(sought: Sought, key: SortKey, position?: Position): Sql {
  return key.family === 'id' || key.family === 'lastUpdated'
    ? walkSortedResources(sought, key, position)
    : walkSortedValues(sought, key, key.family, position);
}

function walkSortedResources(
  { dictionary, searched, expression, limit }: Sought,
  key: SortKey,
  position: Position | undefined,
): Sql {
  const column = key.family === 'id' ? 'id' : 'updated';
  const test = compileTest(dictionary, searched, expression);
  const start = startOf(`t0.${column}, t0.rid`, key, position);
  return {
    text: `SELECT t0.rid, t0.${column} FROM resource t0 INDEXED BY resource_by_${column}
           WHERE t0.scope = ? AND t0.deleted = 0 AND ${start.text} AND ${test.text}
           ORDER BY t0.${column} ${direction(key)}, t0.rid ${direction(key)} LIMIT ?`,
    values: [searched.scope, ...start.values, ...test.values, limit],
  };
}

function walkSortedValues(
  { dictionary, searched, expression, limit }: Sought,
  key: SortKey,
  family: ValueFamily,
  position: Position | undefined,
): Sql {
  const { table, key: column } = familyTables[family];
  const test = compileTest(dictionary, searched, expression);
  const start = startOf(`v.${column}, v.rid`, key, position);
  return {
    text: `SELECT v.rid, v.${column} FROM ${table} v CROSS JOIN resource t0 ON t0.rid = v.rid
           WHERE v.p = ? AND v.rank & ${key.descending ? 2 : 1} AND ${start.text} AND ${test.text}
           ORDER BY v.${column} ${direction(key)}, v.rid ${direction(key)} LIMIT ?`,
    values: [dictionary.parameter(searched.scope, key.parameter), ...start.values, ...test.values, limit],
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

function startOf(columns: string, key: SortKey, position: Position | undefined): Sql {
  if (position === undefined) return sql('1');
  return sql(`(${columns}) ${beyond(key)} (?, ?)`, position.values[0] as SqlValue, position.rid);
}

function direction(key: SortKey): 'ASC' | 'DESC' {
  return ridsDescend([key]) ? 'DESC' : 'ASC';
}

function beyond(key: SortKey): '<' | '>' {
  return ridsDescend([key]) ? '<' : '>';
}

/** True when the expression is one criterion that `walkCriterion` follows. */
export function isSingleOrdered(expression: Expression): boolean {
  const criteria = criteriaOf(expression);
  const [only] = criteria;
  return criteria.length === 1 && only !== undefined && isValueExpression(only) && isOrdered(only);
}
