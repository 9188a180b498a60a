import type { SearchExplanation, SearchQuery, SearchStep } from '../contract.ts';
import type { Connection, ReadObserver, SqlValue } from './connection.ts';
import type { Searcher } from './searcher.ts';

/** Runs a search as a caller's would run, and tells what was read on the way. */
export function explainSearch(
  connection: Connection,
  searcher: Searcher,
  tenant: string,
  query: SearchQuery,
): SearchExplanation {
  const steps = new Map<string, SearchStep & { values: readonly SqlValue[] }>();
  const observer: ReadObserver = (text, values, rows, milliseconds) => {
    const statement = text.replaceAll(/\s+/g, ' ').trim();
    const step = steps.get(statement);
    if (step === undefined) {
      steps.set(statement, { statement, plan: [], runs: 1, rows, milliseconds, values });
      return;
    }
    step.runs += 1;
    step.rows += rows;
    step.milliseconds += milliseconds;
  };
  const start = performance.now();
  const { page, isHeavy } = connection.observing(observer, () => {
    const light = searcher.lightSearch(tenant, query);
    return { page: light ?? searcher.search(tenant, query), isHeavy: light === undefined };
  });
  const milliseconds = performance.now() - start;
  return {
    matches: page.matches.length,
    milliseconds,
    isHeavy,
    steps: [...steps.values()].map(({ values, ...step }) => ({
      ...step,
      plan: planOf(connection, step.statement, values),
    })),
  };
}

/** Lines such as `SEARCH v USING PRIMARY KEY (p=? AND code=?)`. */
function planOf(connection: Connection, statement: string, values: readonly SqlValue[]): string[] {
  const rows = connection.rows(`EXPLAIN QUERY PLAN ${statement}`, values);
  return rows.map((row) => String(row[3]));
}
