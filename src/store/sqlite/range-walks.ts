import type { RangeTest, SortKey } from '../../search/expression.ts';
import type { Row, SqlValue } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { type Position, ridsDescend } from './order.ts';
import { rangeProbes } from './range-conditions.ts';
import { testOnRow } from './resource-tests.ts';
import { all, type Sql, sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';

/** The resources whose only date is within bounds, in the order of that date. */
export interface DateRangeWalk {
  dictionary: Dictionary;
  searched: SearchedType;
  key: SortKey;
  /** On the date that is sorted by: one of these sets is met. */
  alternatives: readonly RangeTest[][];
  /** On the resource `t0`. */
  test: Sql;
  position: Position | undefined;
  limit: number;
}

/** Rows [rid, date] that one index gives. */
export interface RangePart {
  rows: Sql;
  /** Answers a row when the part has more rows than it may read. */
  beyond: Sql;
  /** All its rows are read and sorted, whatever the page holds. */
  isSorted: boolean;
}

/** Wide ranges that are read beside the others. */
const mostWide = 500;

/**
 * The parts that together hold the rows, each in the order of the page. Ranges that may begin long before the others
 * are all read and sorted, the others over `span` rows of their index at most.
 */
export function dateRangeParts(walk: DateRangeWalk, span: number): RangePart[] {
  const { dictionary, searched, key, alternatives, position } = walk;
  const [sign] = directions(key);
  const start =
    position === undefined
      ? sql('1')
      : sql(`(v.low, v.rid) ${sign} (?, ?)`, position.values[0] as SqlValue, position.rid);
  const p = sql('v.p = ?', dictionary.parameter(searched.scope, key.parameter));
  return alternatives
    .flatMap((tests) => rangeProbes('date', tests))
    .map(({ condition, isWide }) => {
      const bounds = all([p, condition, start]);
      return isWide ? widePart(walk, bounds) : narrowPart(walk, bounds, span);
    });
}

function narrowPart({ key, test, limit }: DateRangeWalk, bounds: Sql, span: number): RangePart {
  const [, order] = directions(key);
  const read = (columns: string, most: number, skip: number): Sql => ({
    text: `SELECT ${columns} FROM date_value v WHERE ${bounds.text}
           ORDER BY v.low ${order}, v.rid ${order} LIMIT ? OFFSET ?`,
    values: [...bounds.values, most, skip],
  });
  const rows = read('v.rid, v.low', span, 0);
  const onRow = testOnRow(test, 's0.rid');
  return {
    // No ORDER BY: the join keeps the order of the rows.
    rows: {
      text: `SELECT s0.rid, s0.low FROM (${rows.text}) s0
             ${onRow.join} WHERE ${onRow.test.text} LIMIT ?`,
      values: [...rows.values, ...onRow.test.values, limit],
    },
    beyond: read('1', 1, span),
    isSorted: false,
  };
}

function widePart({ key, test, limit }: DateRangeWalk, bounds: Sql): RangePart {
  const [, order] = directions(key);
  return {
    rows: {
      text: `SELECT t0.rid, v.low FROM date_value v INDEXED BY date_wide
             CROSS JOIN resource t0 ON t0.rid = v.rid WHERE ${bounds.text} AND ${test.text}
             ORDER BY v.low ${order}, v.rid ${order} LIMIT ?`,
      values: [...bounds.values, ...test.values, limit],
    },
    beyond: {
      text: `SELECT 1 FROM date_value v INDEXED BY date_wide WHERE ${bounds.text} LIMIT 1 OFFSET ?`,
      values: [...bounds.values, mostWide],
    },
    isSorted: true,
  };
}

/** The first rows of several parts in their order, each once. */
export function inOrderOf(key: SortKey, limit: number, parts: readonly (readonly Row[])[]): Row[] {
  const rows = new Map(parts.flat().map((row) => [row[0], row]));
  const [sign] = directions(key);
  const upwards = (a: Row, b: Row) =>
    (a[1] as number) - (b[1] as number) || (a[0] as number) - (b[0] as number);
  return [...rows.values()].sort(sign === '<' ? (a, b) => upwards(b, a) : upwards).slice(0, limit);
}

function directions(key: SortKey): ['<', 'DESC'] | ['>', 'ASC'] {
  return ridsDescend([key]) ? ['<', 'DESC'] : ['>', 'ASC'];
}
