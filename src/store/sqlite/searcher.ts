import type { Expression, SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery } from '../contract.ts';
import { findCandidates, type ProbeLimits } from './candidates.ts';
import { compileTest } from './compile.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { cursorOf, type Position, positionOf } from './order.ts';
import type { Sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';
import type { Versions } from './versions.ts';
import {
  criteriaOf,
  isOrdered,
  type Sought,
  sortMatches,
  walkCriterion,
  walkSorted,
  walkType,
  walkUnsorted,
} from './walks.ts';

/** What a probe on the main thread reads at most: about a tenth of a millisecond. */
const lightLimits: ProbeLimits = { rows: 256, whole: false };

/** Up to here candidates are sorted and tested; beyond, matches are dense enough for a walk to meet them soon. */
const heavyLimits: ProbeLimits = { rows: 20_000, whole: true };

/** Resources that a count tests between two looks at the clock. */
const countStep = 2_000;

/**
 * Runs searches on one connection: first bounded probes for a criterion that narrows the type to few candidates,
 * then the candidates are tested with the whole expression; without such a criterion an index is walked in the
 * order of the page and each row tested. `light` calls answer `undefined` when they would read more than a few
 * hundred rows, and their caller turns to another thread.
 */
export class Searcher {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: Versions;

  constructor(connection: Connection, dictionary: Dictionary, versions: Versions) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#versions = versions;
  }

  lightSearch(tenant: string, query: SearchQuery): SearchPage | undefined {
    const position = query.cursor === undefined ? undefined : positionOf(query.cursor, query.sort);
    if (query.count <= 0) return { matches: [] };
    return this.#connection.read(() => {
      const sought = this.#sought(tenant, query);
      const rows = this.#lightRows(sought, query.sort, position);
      return rows && this.#page(query, rows);
    });
  }

  search(tenant: string, query: SearchQuery): SearchPage {
    const position = query.cursor === undefined ? undefined : positionOf(query.cursor, query.sort);
    return this.#connection.read(() => {
      const sought = this.#sought(tenant, query);
      const candidates = this.#candidates(sought, heavyLimits);
      const rows =
        candidates === undefined
          ? this.#walk(sought, query.sort, position)
          : this.#rows(sortMatches(sought, candidates, query.sort, position));
      return this.#page(query, rows);
    });
  }

  lightCount(tenant: string, type: string, expression: Expression): number | undefined {
    const searched = this.#searched(tenant, type);
    return this.#connection.read(() => {
      const candidates = findCandidates(
        this.#connection,
        this.#dictionary,
        searched,
        expression,
        lightLimits,
      );
      return candidates && this.#countAmong(searched, expression, candidates);
    });
  }

  /** `undefined` when the count is not done at `deadline` (milliseconds since 1970). */
  count(tenant: string, type: string, expression: Expression, deadline: number): number | undefined {
    const searched = this.#searched(tenant, type);
    return this.#connection.read(() => {
      const limits = { ...heavyLimits, whole: false };
      const candidates = findCandidates(this.#connection, this.#dictionary, searched, expression, limits);
      return candidates === undefined
        ? this.#countInSteps(searched, expression, deadline)
        : this.#countAmong(searched, expression, candidates);
    });
  }

  #searched(tenant: string, type: string): SearchedType {
    return { tenant, scope: this.#dictionary.scope(tenant, type) };
  }

  /** One row more than the page holds tells whether there is a next page. */
  #sought(tenant: string, { type, expression, count }: SearchQuery): Sought {
    const searched = this.#searched(tenant, type);
    const criteria = criteriaOf(expression);
    const simplest = criteria.length === 1 ? (criteria[0] as Expression) : expression;
    return { dictionary: this.#dictionary, searched, expression: simplest, limit: count + 1 };
  }

  #lightRows(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] | undefined {
    const { expression, limit } = sought;
    const all = criteriaOf(expression).length === 0;
    if (sort.length === 0 && (all || isOrdered(expression))) return this.#walk(sought, sort, position);
    const candidates = this.#candidates(sought, lightLimits);
    if (candidates !== undefined) return this.#rows(sortMatches(sought, candidates, sort, position));
    if (!all || sort.length !== 1 || position?.values[0] === null) return undefined;
    const rows = this.#rows(walkSorted(sought, sort[0] as SortKey, position));
    return rows.length === limit ? rows : undefined;
  }

  #walk(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] {
    const [key] = sort;
    if (key === undefined) {
      const criterion = criteriaOf(sought.expression).find(isOrdered);
      return this.#rows(
        criterion === undefined ? walkType(sought, position) : walkCriterion(sought, criterion, position),
      );
    }
    return sort.length === 1
      ? this.#walkByKey(sought, key, position)
      : this.#rows(sortMatches(sought, undefined, sort, position));
  }

  #walkByKey(sought: Sought, key: SortKey, position: Position | undefined): Row[] {
    const pastValues = position?.values[0] === null;
    const rows = pastValues ? [] : this.#rows(walkSorted(sought, key, position));
    if (rows.length === sought.limit || key.family === 'id' || key.family === 'lastUpdated') return rows;
    const rest = { ...sought, limit: sought.limit - rows.length };
    return [...rows, ...this.#rows(walkUnsorted(rest, key, key.family, pastValues ? position : undefined))];
  }

  #page({ type, count }: SearchQuery, rows: readonly Row[]): SearchPage {
    const onPage = rows.slice(0, count);
    const matches = onPage.map(([rid]) => this.#versions.byRow(type, rid as number));
    const last = onPage.at(-1);
    return last !== undefined && rows.length > count ? { matches, next: cursorOf(last) } : { matches };
  }

  #candidates({ searched, expression }: Sought, limits: ProbeLimits): number[] | undefined {
    return findCandidates(this.#connection, this.#dictionary, searched, expression, limits);
  }

  #rows({ text, values }: Sql): Row[] {
    return this.#connection.rows(text, values);
  }

  #countAmong(searched: SearchedType, expression: Expression, candidates: readonly number[]): number {
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
               WHERE scope = ? AND deleted = 0 AND rid > ? ORDER BY rid LIMIT ${countStep}) t0`,
        [...test.values, searched.scope, rid],
      ) as [number | null, number];
      total += matches;
      rid = last;
    }
    return total;
  }
}
