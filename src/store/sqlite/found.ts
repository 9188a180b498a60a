import type { Row } from './connection.ts';
import { cursorOf, streamCursorOf } from './order.ts';

/** Rows whose first column is the row id of a match, in the order of the page, and the cursor after each. */
export interface Found {
  rows: readonly Row[];
  /** The cursor of the page that starts after the row at this place. */
  cursorAfter(at: number): string;
}

/** Rows [rid, sort values…]. */
export function foundRows(rows: readonly Row[]): Found {
  return { rows, cursorAfter: (at) => cursorOf(rows[at] as Row) };
}

/** Rows [rid, keys…] along the index of a criterion, and the stream that gave each. */
export function foundAlong(criterion: number, rows: readonly Row[], parts: readonly number[]): Found {
  return {
    rows,
    cursorAfter(at) {
      const after = (rows[at] as Row).slice(1) as (string | number)[];
      return streamCursorOf({ criterion, part: parts[at] as number, after });
    },
  };
}
