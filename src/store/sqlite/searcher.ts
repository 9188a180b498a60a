import type { Expression, SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery } from '../contract.ts';
import type { Connection } from './connection.ts';
import { type Dictionary, unknown } from './dictionary.ts';
import { type Found, foundRows } from './found.ts';
import { withoutUnknown } from './known-alternatives.ts';
import { hasAtMost, heavyLimits, heavySpan, lightLimits } from './limits.ts';
import { cursorOf, type Position, type Start, startOf } from './order.ts';
import { togetherOnDates } from './single-dates.ts';
import { Strategies } from './strategies.ts';
import { StreamSearch } from './stream-search.ts';
import { walkWords } from './text-walks.ts';
import type { Versions } from './versions.ts';
import { criteriaOf, isEverything, orderedWays, type Sought, walkCriterion } from './walks.ts';

/** So few candidates that the page is hardly longer: they are taken before any index is read in its order. */
const fewCandidates = 16;

/** A span without end. */
const toTheEnd = -1;

/**
 * Runs searches on one connection: first bounded probes for a criterion that narrows the type to few candidates,
 * then the candidates are tested with the whole expression; without such a criterion an index is read in its order
 * and each row tested. `light` calls answer `undefined` when they would read more than a few hundred rows, and their
 * caller turns to another thread.
 */
export class Searcher {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: Versions;
  readonly #strategies: Strategies;
  readonly #streams: StreamSearch;

  constructor(connection: Connection, dictionary: Dictionary, versions: Versions) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#versions = versions;
    this.#strategies = new Strategies(connection, dictionary);
    this.#streams = new StreamSearch(connection, dictionary);
  }

  lightSearch(tenant: string, query: SearchQuery): SearchPage | undefined {
    const start = startOf(query.cursor, query.sort);
    // Nothing of the type was ever written: a record is sought among many such types.
    if (query.count <= 0 || this.#dictionary.scope(tenant, query.type) === unknown) return { matches: [] };
    return (
      this.#atOnce(tenant, query, start) ??
      this.#connection.read(() => {
        const found = this.#light(this.#sought(tenant, query), query.sort, start);
        return found && this.#page(query, found);
      })
    );
  }

  /** A page along one criterion in the order of creation, as one statement: it needs no transaction around it. */
  #atOnce(tenant: string, query: SearchQuery, { position, stream }: Start): SearchPage | undefined {
    const { type, count, sort, places, expression } = query;
    if (sort.length > 0 || stream !== undefined || places || criteriaOf(expression).length > 1)
      return undefined;
    // Told from the criterion as it is given: what it names has yet to be looked up.
    if (orderedWays(expression) === undefined) return undefined;
    const sought = this.#sought(tenant, query);
    const [way, ...others] = orderedWays(sought.expression) ?? [];
    if (way === undefined || others.length > 0) return undefined;
    const found = this.#versions.along(type, walkCriterion(sought, way, position));
    const last = found[count - 1];
    return {
      matches: found.slice(0, count).map(({ version }) => version),
      ...(last === undefined || found.length <= count ? {} : { next: cursorOf([last.rid]) }),
    };
  }

  search(tenant: string, query: SearchQuery): SearchPage {
    const start = startOf(query.cursor, query.sort);
    return this.#connection.read(() => {
      const found = this.#heavy(this.#sought(tenant, query), query.sort, start);
      return this.#page(query, found);
    });
  }

  /** One row more than the page holds tells whether there is a next page. */
  #sought(tenant: string, { type, expression, count }: SearchQuery): Sought {
    const searched = { tenant, scope: this.#dictionary.scope(tenant, type) };
    const known = criteriaOf(expression).map((one) => withoutUnknown(this.#dictionary, searched, one));
    const criteria = togetherOnDates(this.#connection, this.#dictionary, searched, known);
    const [first, ...others] = criteria.filter((criterion) => !isEverything(criterion));
    return {
      dictionary: this.#dictionary,
      searched,
      criteria,
      expression: first !== undefined && others.length === 0 ? first : { kind: 'and', operands: criteria },
      limit: count + 1,
    };
  }

  #light(sought: Sought, sort: readonly SortKey[], { position, stream }: Start): Found | undefined {
    const limits = lightLimits(sought.expression);
    if (stream !== undefined) return this.#streams.following(sought, stream, limits.rows);
    const isGivenInOrder = isEverything(sought.expression) || orderedWays(sought.expression) !== undefined;
    if (sort.length === 0 && isGivenInOrder) return foundRows(this.#strategies.walk(sought, sort, position));
    if (sort.length === 0 && position === undefined) {
      const along = this.#alongPrefix(sought, limits.rows);
      if (along !== undefined) return along;
    }
    const few = sort.length === 0 ? { ...limits, rows: Math.min(fewCandidates, limits.rows) } : limits;
    const candidates = this.#strategies.amongCandidates(sought, sort, position, few);
    if (candidates !== undefined) return foundRows(candidates);
    if (hasAtMost(this.#connection, sought.searched, limits.rows))
      return foundRows(this.#strategies.walk(sought, sort, position));
    return (
      this.#inOrder(sought, sort, position, limits.rows) ??
      (sort.length === 0
        ? maybe(this.#strategies.amongCandidates(sought, sort, position, limits))
        : undefined) ??
      (holdsHas(sought.expression)
        ? undefined
        : maybe(this.#strategies.shortWalk(sought, sort, position, limits.rows)))
    );
  }

  /**
   * The first page of a search for the start of a text, along its index. So few matches that there is no other page
   * come in the order of creation, as any few do.
   */
  #alongPrefix(sought: Sought, span: number): Found | undefined {
    const [criterion, ...others] = sought.criteria;
    if (criterion === undefined || others.length > 0 || sought.limit <= fewCandidates) return undefined;
    if (!isPrefix(criterion)) return undefined;
    const found = this.#streams.first(sought, span);
    if (found === undefined || found.rows.length === sought.limit) return found;
    return foundRows(found.rows.toSorted(([one], [other]) => (one as number) - (other as number)));
  }

  #heavy(sought: Sought, sort: readonly SortKey[], { position, stream }: Start): Found {
    if (stream !== undefined) return this.#streams.following(sought, stream, toTheEnd) as Found;
    const words = sort.length === 0 ? walkWords(sought, position) : undefined;
    if (words !== undefined) return foundRows(this.#connection.rows(words.text, words.values));
    return (
      this.#inOrder(sought, sort, position, heavySpan) ??
      // The test of `_has` looks at all that refers to a resource: too much for the rows of a walk.
      (holdsHas(sought.expression)
        ? maybe(this.#strategies.amongCandidates(sought, sort, position, { rows: heavySpan, whole: false }))
        : maybe(this.#strategies.shortWalk(sought, sort, position, heavySpan))) ??
      maybe(this.#strategies.amongCandidates(sought, sort, position, heavyLimits)) ??
      foundRows(this.#strategies.walk(sought, sort, position))
    );
  }

  /** In the order of an index that a criterion has: that of the page before any other. */
  #inOrder(
    sought: Sought,
    sort: readonly SortKey[],
    position: Position | undefined,
    span: number,
  ): Found | undefined {
    if (sort.length > 0) return maybe(this.#strategies.withinDates(sought, sort, position, span));
    const found = maybe(this.#strategies.alongCriterion(sought, position, span));
    return found ?? (position === undefined ? this.#streams.first(sought, span) : undefined);
  }

  #page({ type, count, places }: SearchQuery, { rows, cursorAfter }: Found): SearchPage {
    const onPage = rows.slice(0, count);
    const matches = this.#versions.byRows(
      type,
      onPage.map(([rid]) => rid as number),
    );
    const isLast = rows.length <= count || onPage.length === 0;
    return {
      matches,
      ...(isLast ? {} : { next: cursorAfter(onPage.length - 1) }),
      ...(places ? { places: onPage.map((_, at) => cursorAfter(at)) } : {}),
    };
  }
}

function maybe(rows: Parameters<typeof foundRows>[0] | undefined): Found | undefined {
  return rows && foundRows(rows);
}

function isPrefix(criterion: Expression): boolean {
  if (criterion.kind === 'or') return criterion.operands.every(isPrefix);
  return criterion.kind === 'string' && criterion.match === 'prefix';
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
