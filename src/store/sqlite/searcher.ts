import type { Expression, SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery } from '../contract.ts';
import { findCandidates, type ProbeLimits } from './candidates.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { hasAtMost, heavyLimits, heavySpan, lightLimits } from './limits.ts';
import { cursorOf, type Position, positionOf } from './order.ts';
import type { Sql } from './sql.ts';
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

const everything: Expression = { kind: 'and', operands: [] };

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
      return this.#page(
        query,
        this.#fewReferred(sought, query.sort, position) ??
          this.#shortWalk(sought, query.sort, position, heavySpan) ??
          this.#amongCandidates(sought, query.sort, position, heavyLimits) ??
          this.#walk(sought, query.sort, position),
      );
    });
  }

  /** One row more than the page holds tells whether there is a next page. */
  #sought(tenant: string, { type, expression, count }: SearchQuery): Sought {
    const criteria = criteriaOf(expression);
    return {
      dictionary: this.#dictionary,
      searched: { tenant, scope: this.#dictionary.scope(tenant, type) },
      expression: criteria.length === 1 ? (criteria[0] as Expression) : expression,
      limit: count + 1,
    };
  }

  #lightRows(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] | undefined {
    const { expression, searched } = sought;
    const oneIndex = criteriaOf(expression).length === 0 || isOrdered(expression);
    if (sort.length === 0 && oneIndex) return this.#walk(sought, sort, position);
    const limits = lightLimits(expression);
    const candidates = this.#amongCandidates(sought, sort, position, limits);
    if (candidates !== undefined) return candidates;
    if (hasAtMost(this.#connection, searched, limits.rows)) return this.#walk(sought, sort, position);
    return holdsHas(expression) ? undefined : this.#shortWalk(sought, sort, position, limits.rows);
  }

  #amongCandidates(
    sought: Sought,
    sort: readonly SortKey[],
    position: Position | undefined,
    limits: ProbeLimits,
  ): Row[] | undefined {
    const { searched, expression } = sought;
    const candidates = findCandidates(this.#connection, this.#dictionary, searched, expression, limits);
    return candidates && this.#rows(sortMatches(sought, candidates, sort, position));
  }

  /** Candidates of `_has`, whose test looks at all that refers to a resource: too much for rows of a walk. */
  #fewReferred(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] | undefined {
    const limits = { rows: heavySpan, whole: false };
    return holdsHas(sought.expression) ? this.#amongCandidates(sought, sort, position, limits) : undefined;
  }

  /** A walk over so many rows at most, for criteria that most rows meet; `undefined` when the page does not fill. */
  #shortWalk(
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

  #walk(sought: Sought, sort: readonly SortKey[], position: Position | undefined): Row[] {
    const [key] = sort;
    if (key === undefined) {
      const criterion = criteriaOf(sought.expression).find(isOrdered);
      return this.#rows(
        criterion === undefined ? walkType(sought, position) : walkCriterion(sought, criterion, position),
      );
    }
    return sort.length === 1 && key.parts === undefined
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

  #rows({ text, values }: Sql): Row[] {
    return this.#connection.rows(text, values);
  }
}

function holdsHas(expression: Expression): boolean {
  switch (expression.kind) {
    case 'has':
      return true;
    case 'and':
    case 'or':
      return expression.operands.some(holdsHas);
    case 'chain':
      return holdsHas(expression.expression);
    default:
      return false;
  }
}
