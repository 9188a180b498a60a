import type { Expression, SortKey } from '../../search/expression.ts';
import { compareSorted } from '../sorted-values.ts';
import { compileTest } from './compile.ts';
import type { Row, SqlValue } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { familyTables } from './families.ts';
import { after, orderBy, type Position, ridsDescend, sortValue } from './order.ts';
import { all, type Sql, sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';
import type { Sought } from './walks.ts';

/**
 * Walks that together give the rows [rid, values…] of the resources with a value of the first sort key, in the order
 * of the page: each reads the index of one parameter, and sorts those rows alone that are equal in it.
 */
export function walksByKeys(
  { dictionary, searched, expression, limit }: Sought,
  sort: readonly SortKey[],
  position: Position | undefined,
): Sql[] {
  const test = compileTest(dictionary, searched, expression);
  const [first, ...others] = sort as [SortKey, ...SortKey[]];
  const later = others.map((key) => sortValue(dictionary, searched, key));
  return sourcesOf(dictionary, searched, first).map(({ from, value, condition }) => {
    const start =
      position === undefined
        ? sql('1')
        : all([
            sql(`${value} ${first.descending ? '<=' : '>='} ?`, position.values[0] as SqlValue),
            after(sort, position, 't0.rid'),
          ]);
    const columns = [value, ...later.map(({ text }) => text)].map((text, at) => `, ${text} AS k${at}`);
    return {
      text: `SELECT t0.rid AS rid${columns.join('')} FROM ${from}
             WHERE ${condition.text} AND ${start.text} AND ${test.text} ORDER BY ${indexed(sort, value)} LIMIT ?`,
      values: [
        ...later.flatMap(({ values }) => values),
        ...condition.values,
        ...start.values,
        ...test.values,
        limit,
      ],
    };
  });
}

/** The condition that a resource has no value of a sort key, so that it comes after all that have one. */
export function missesKey({ parameter, parts = [], family }: SortKey): Expression | undefined {
  if (family === 'id' || family === 'lastUpdated') return undefined;
  return {
    kind: 'and',
    operands: [parameter, ...parts].map((code) => ({
      kind: 'missing',
      parameter: code,
      family,
      missing: true,
    })),
  };
}

/** The first rows of several walks in the order of the page. */
export function mergedBy(sort: readonly SortKey[], walks: readonly (readonly Row[])[], limit: number): Row[] {
  const rows = walks.flat();
  if (walks.length === 1) return rows;
  const byRid = ridsDescend(sort) ? -1 : 1;
  const compare = ([a, ...one]: Row, [b, ...other]: Row): number =>
    compareSorted(one, other, sort) || ((a as number) - (b as number)) * byRid;
  return rows.sort(compare).slice(0, limit);
}

/** Where the values of a key are: each resource `t0` once, with its value. */
interface KeySource {
  from: string;
  value: string;
  condition: Sql;
}

function sourcesOf(dictionary: Dictionary, searched: SearchedType, key: SortKey): KeySource[] {
  if (key.family === 'id' || key.family === 'lastUpdated') {
    const column = key.family === 'id' ? 'id' : 'updated';
    const condition = sql('t0.scope = ? AND t0.deleted = 0', searched.scope);
    return [{ from: `resource t0 INDEXED BY resource_by_${column}`, value: `t0.${column}`, condition }];
  }
  const { table, byResource, key: column } = familyTables[key.family];
  const ps = [key.parameter, ...(key.parts ?? [])].map((code) => dictionary.parameter(searched.scope, code));
  return ps.map((p) => {
    const others = ps.filter((other) => other !== p);
    // Of the values under several parameters one counts, as of several under one.
    const counts = sql(
      `NOT EXISTS (SELECT 1 FROM ${table} w INDEXED BY ${byResource}
        WHERE w.rid = v.rid AND w.p IN (${others.map(() => '?').join(', ')})
          AND (w.${column} ${key.descending ? '>' : '<'} v.${column}
            OR (w.${column} = v.${column} AND w.p < v.p)))`,
      ...others,
    );
    return {
      from: `${table} v CROSS JOIN resource t0 ON t0.rid = v.rid`,
      value: `v.${column}`,
      condition: all([
        sql(`v.p = ? AND v.rank & ${key.descending ? 2 : 1}`, p),
        ...(others.length === 0 ? [] : [counts]),
      ]),
    };
  });
}

/** The order of the page, its first key as the column that the index has. */
function indexed(sort: readonly SortKey[], value: string): string {
  const [, ...rest] = orderBy(sort, 't0.rid').split(', ');
  return [`${value} ${sort[0]?.descending ? 'DESC' : 'ASC'}`, ...rest].join(', ');
}
