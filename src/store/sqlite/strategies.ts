import type { Expression, SortKey } from '../../search/expression.ts';
import { findCandidates, type ProbeLimits } from './candidates.ts';
import { compileTest } from './compile.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import type { Position } from './order.ts';
import { dateRangeParts, inOrderOf, type RangePart } from './range-walks.ts';
import { dateCriterion, hasSingleDates } from './single-dates.ts';
import { mergedBy, missesKey, walksByKeys } from './sorted-walks.ts';
import type { Sql } from './sql.ts';
import type { ValueExpression } from './value-conditions.ts';
import {
  beyondCriterion,
  everything,
  orderedWays,
  type Sought,
  sortMatches,
  walkCriterion,
  walkCriterionShortly,
  walkSorted,
  walkType,
  walkUnsorted,
} from './walks.ts';

/**
 * The ways in which the rows of a page are found in the order of creation or of the sort keys. Those that may not
 * come to an end within a span of rows answer `undefined` then.
 */
export class Strategies {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  /** Tests and sorts the few resources that a criterion leaves. */
  amongCandidates(
    sought: Sought,
    sort: readonly SortKey[],
    position: Position | undefined,
    limits: ProbeLimits,
  ): Row[] | undefined {
    const { searched, expression } = sought;
    const candidates = findCandidates(this.#connection, this.#dictionary, searched, expression, limits);
    return candidates && this.#rows(sortMatches(sought, candidates, sort, position));
  }

  /** Reads the index of a criterion that lies in the order of creation, and tests the other criteria. */
  alongCriterion(sought: Sought, position: Position | undefined, span: number): Row[] | undefined {
    for (const [at, criterion] of sought.criteria.entries()) {
      const ways = orderedWays(criterion);
      if (ways === undefined) continue;
      const others = sought.criteria.filter((_other, place) => place !== at);
      const test = compileTest(this.#dictionary, sought.searched, { kind: 'and', operands: others });
      const rows = ways.map((way) =>
        this.#stretch(sought, way, test, position, Math.ceil(span / ways.length)),
      );
      if (rows.every((found) => found !== undefined)) return merged(rows, sought.limit);
    }
    return undefined;
  }

  /** Reads the dates that a page is sorted by between the bounds that the search gives them. */
  withinDates(
    sought: Sought,
    sort: readonly SortKey[],
    position: Position | undefined,
    span: number,
  ): Row[] | undefined {
    const [key] = sort;
    if (sort.length !== 1 || key?.family !== 'date' || key.parts !== undefined) return undefined;
    const { dictionary, searched, criteria, limit } = sought;
    const at = criteria.findIndex((criterion) => dateCriterion(criterion)?.parameter === key.parameter);
    const range = at < 0 ? undefined : dateCriterion(criteria[at] as Expression);
    if (range === undefined || position?.values[0] === null) return undefined;
    if (!hasSingleDates(this.#connection, dictionary, searched, key.parameter)) return undefined;
    const others = criteria.filter((_criterion, place) => place !== at);
    const test = compileTest(dictionary, searched, { kind: 'and', operands: others });
    const { alternatives } = range;
    const found: Row[][] = [];
    for (const part of dateRangeParts(
      { dictionary, searched, key, alternatives, test, position, limit },
      span,
    )) {
      const rows = this.#part(part, limit);
      if (rows === undefined) return undefined;
      found.push(rows);
    }
    return inOrderOf(key, limit, found);
  }

  /** Reads so many rows at most in the order of the page, for criteria that most of them meet. */
  shortWalk(
    sought: Sought,
    sort: readonly SortKey[],
    position: Position | undefined,
    span: number,
  ): Row[] | undefined {
    const [key] = sort;
    if (sort.length > 1 || key?.parts !== undefined || position?.values[0] === null) return undefined;
    if (sought.limit * 4 > span) return undefined;
    const walk = (stretch: Sought): Row[] =>
      this.#rows(key === undefined ? walkType(stretch, position) : walkSorted(stretch, key, position));
    const [until] = walk({ ...sought, expression: everything, limit: 1, skip: span });
    const rows = walk(until === undefined ? sought : { ...sought, until });
    return rows.length === sought.limit ? rows : undefined;
  }

  /** Reads an index in the order of the page until the page is full, however far that is. */
  walk(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] {
    const [key] = sort;
    if (key !== undefined) {
      return sort.length === 1 && key.parts === undefined
        ? this.#walkByKey(sought, key, position)
        : this.#walkByKeys(sought, sort, key, position);
    }
    const ways = sought.criteria.map(orderedWays).find((found) => found !== undefined);
    if (ways === undefined) return this.#rows(walkType(sought, position));
    return merged(
      ways.map((way) => this.#rows(walkCriterion(sought, way, position))),
      sought.limit,
    );
  }

  #walkByKey(sought: Sought, key: SortKey, position: Position | undefined): Row[] {
    const pastValues = position?.values[0] === null;
    const rows = pastValues ? [] : this.#rows(walkSorted(sought, key, position));
    if (rows.length === sought.limit || key.family === 'id' || key.family === 'lastUpdated') return rows;
    const rest = { ...sought, limit: sought.limit - rows.length };
    return [...rows, ...this.#rows(walkUnsorted(rest, key, key.family, pastValues ? position : undefined))];
  }

  /** Resources without a value of the first key are read whole: as a rule they are few, and come last. */
  #walkByKeys(
    sought: Sought,
    sort: readonly SortKey[],
    first: SortKey,
    position: Position | undefined,
  ): Row[] {
    const pastValues = position?.values[0] === null;
    const walks = pastValues ? [] : walksByKeys(sought, sort, position).map((walk) => this.#rows(walk));
    const rows = mergedBy(sort, walks, sought.limit);
    const missing = missesKey(first);
    if (rows.length === sought.limit || missing === undefined) return rows;
    const operands = [missing, sought.expression];
    const rest: Sought = {
      ...sought,
      expression: { kind: 'and', operands },
      limit: sought.limit - rows.length,
    };
    return [...rows, ...this.#rows(sortMatches(rest, undefined, sort, pastValues ? position : undefined))];
  }

  /** The matches among the next rows of an index: enough for the page, or all that are left. */
  #stretch(
    sought: Sought,
    criterion: ValueExpression,
    test: Sql,
    position: Position | undefined,
    span: number,
  ): Row[] | undefined {
    const rows = this.#rows(walkCriterionShortly(sought, criterion, test, position, span));
    if (rows.length === sought.limit) return rows;
    return this.#rows(beyondCriterion(sought, criterion, position, span)).length > 0 ? undefined : rows;
  }

  /** The rows of a part, when they fill the page or are all there are. */
  #part({ rows, beyond, isSorted }: RangePart, limit: number): Row[] | undefined {
    if (isSorted && this.#rows(beyond).length > 0) return undefined;
    const found = this.#rows(rows);
    return found.length === limit || isSorted || this.#rows(beyond).length === 0 ? found : undefined;
  }

  #rows({ text, values }: Sql): Row[] {
    return this.#connection.rows(text, values);
  }
}

/** The first rows [rid] of several walks in the order of creation, each once. */
function merged(walks: readonly (readonly Row[])[], limit: number): Row[] {
  const [only] = walks;
  if (walks.length === 1 && only !== undefined) return [...only];
  const rids = new Set(walks.flatMap((rows) => rows.map(([rid]) => rid as number)));
  return [...rids]
    .sort((a, b) => a - b)
    .slice(0, limit)
    .map((rid) => [rid]);
}
