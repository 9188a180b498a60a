import type { Sql } from './sql.ts';

/** A test on a resource, and the join that it needs. */
interface RowTest {
  test: Sql;
  join: string;
}

/**
 * A test on the resource `t0` as one on a row that has its row id in the column `rid`. Most tests look at index rows
 * alone: they are spared the row of the resource, which is on a page of its own.
 */
export function testOnRow({ text, values }: Sql, rid: string): RowTest {
  const test = { text: text.replaceAll(/\bt0\.rid\b/g, rid), values };
  return { test, join: /\bt0\./.test(test.text) ? `CROSS JOIN resource t0 ON t0.rid = ${rid}` : '' };
}
