import type { Expression } from '../../search/expression.ts';
import { findCandidates, type ProbeLimits } from './candidates.ts';
import { compileTest } from './compile.ts';
import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { hasAtMost, heavyLimits, lightLimits } from './limits.ts';
import { countWords } from './text-walks.ts';
import type { SearchedType } from './value-conditions.ts';

/** Resources that are tested between two looks at the clock. */
const step = 2_000;

/** Counts the matches of an expression on one connection; `light` as in `Searcher`. */
export class Counter {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  lightCount(tenant: string, type: string, expression: Expression): number | undefined {
    const searched = { tenant, scope: this.#dictionary.scope(tenant, type) };
    const limits = lightLimits(expression);
    return this.#connection.read(() => {
      const count = this.#countCandidates(searched, expression, limits);
      if (count !== undefined || !hasAtMost(this.#connection, searched, limits.rows)) return count;
      return this.#countInSteps(searched, expression, Number.POSITIVE_INFINITY);
    });
  }

  /** `undefined` when the count is not done at `deadline` (milliseconds since 1970). */
  count(tenant: string, type: string, expression: Expression, deadline: number): number | undefined {
    const searched = { tenant, scope: this.#dictionary.scope(tenant, type) };
    const limits = { ...heavyLimits, whole: false };
    const words = countWords(this.#dictionary, searched, expression);
    return this.#connection.read(
      () =>
        (words && (this.#connection.value(words.text, words.values) as number)) ??
        this.#countCandidates(searched, expression, limits) ??
        this.#countInSteps(searched, expression, deadline),
    );
  }

  #countCandidates(searched: SearchedType, expression: Expression, limits: ProbeLimits): number | undefined {
    const candidates = findCandidates(this.#connection, this.#dictionary, searched, expression, limits);
    if (candidates === undefined) return undefined;
    const test = compileTest(this.#dictionary, searched, expression);
    return this.#connection.value(
      `SELECT count(*) FROM json_each(?) c CROSS JOIN resource t0 ON t0.rid = c.value
       WHERE t0.scope = ? AND t0.deleted = 0 AND ${test.text}`,
      [JSON.stringify(candidates), searched.scope, ...test.values],
    ) as number;
  }

  #countInSteps(searched: SearchedType, expression: Expression, deadline: number): number | undefined {
    const test = compileTest(this.#dictionary, searched, expression);
    let total = 0;
    let rid: number | null = 0;
    while (rid !== null) {
      if (Date.now() >= deadline) return undefined;
      const [last, matches] = this.#connection.row(
        `SELECT max(t0.rid), count(*) FILTER (WHERE ${test.text})
         FROM (SELECT rid, id, updated FROM resource INDEXED BY resource_current
               WHERE scope = ? AND deleted = 0 AND rid > ? ORDER BY rid LIMIT ${step}) t0`,
        [...test.values, searched.scope, rid],
      ) as [number | null, number];
      total += matches;
      rid = last;
    }
    return total;
  }
}
