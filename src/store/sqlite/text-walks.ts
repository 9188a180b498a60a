import type { TextExpression } from '../../search/expression.ts';
import { compileTest } from './compile.ts';
import type { Dictionary } from './dictionary.ts';
import type { Position } from './order.ts';
import { type Sql, sql } from './sql.ts';
import { textMatch } from './text-conditions.ts';
import type { SearchedType } from './value-conditions.ts';
import { criteriaOf, type Sought } from './walks.ts';

/** The resources that have the words of a criterion and meet the others: `w` in the text index, `t0` itself. */
function wordRows(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Sought['expression'],
): Sql | undefined {
  const criteria = criteriaOf(expression);
  const words = criteria.find((criterion): criterion is TextExpression => criterion.kind === 'text');
  if (words === undefined) return undefined;
  const others = criteria.filter((criterion) => criterion !== words);
  const test = compileTest(dictionary, searched, { kind: 'and', operands: others });
  return sql(
    `FROM resource_text w CROSS JOIN resource t0 ON t0.rid = w.rowid
     WHERE w.resource_text MATCH ? AND t0.deleted = 0 AND ${test.text}`,
    textMatch(searched, words),
    ...test.values,
  );
}

/** Rows [rid] along the text index, which is in the order of creation; `undefined` when no words are sought. */
export function walkWords({ dictionary, searched, expression, limit }: Sought, position?: Position) {
  const rows = wordRows(dictionary, searched, expression);
  return (
    rows &&
    sql(
      `SELECT w.rowid ${rows.text} AND w.rowid > ? ORDER BY w.rowid LIMIT ?`,
      ...rows.values,
      position?.rid ?? 0,
      limit,
    )
  );
}

/** The number of resources that have the words; `undefined` when none are sought. */
export function countWords(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Sought['expression'],
): Sql | undefined {
  const rows = wordRows(dictionary, searched, expression);
  return rows && sql(`SELECT count(*) ${rows.text}`, ...rows.values);
}
