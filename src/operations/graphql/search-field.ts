import { referenceTo } from '../../fhir/reference.ts';
import { linkScope } from '../../interactions/access.ts';
import { checkSearchSize } from '../../interactions/limits.ts';
import { linkedPages, openPage, type PageStart, sealPage } from '../../interactions/page-link.ts';
import type { FhirRequest, QueryParameter } from '../../interactions/request.ts';
import { typeArea } from '../../interactions/search-area.ts';
import { countMatches } from '../../interactions/search-pages.ts';
import { planSearch, type SearchPlan } from '../../interactions/search-plan.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { ResourceKey, StoredVersion } from '../../store/contract.ts';
import { searchParameterName } from './arguments.ts';
import { scalarText, wholeNumber } from './element-filter.ts';
import type { SelectedField } from './fields.ts';
import { refusal } from './query-error.ts';

/** Matches of a search without `_count`, and the most of one with it. */
const mostMatches = 1000;
const defaultPage = 20;

/** A search of a query, with what it runs on. */
export interface SearchInput {
  spine: Spine;
  request: FhirRequest;
  type: string;
  field: SelectedField;
  /** The resource whose referrers are searched, for a reverse search. */
  target?: ResourceKey;
}

/**
 * `[Type]List`: all matches, or the stretch of them that `_offset` and `_count` ask for (graphql.html#searching).
 * @throws QueryError on a malformed search, and when there are more matches than a list may hold
 */
export async function listMatches(input: SearchInput): Promise<StoredVersion[]> {
  const { request, field } = input;
  const { _count, _offset } = field.arguments;
  const offset = wholeNumber(_offset, '_offset', field.node) ?? 0;
  const count = wholeNumber(_count, '_count', field.node);
  if (offset + (count ?? 0) > mostMatches) {
    throw refusal(field.node, `A list reaches over ${mostMatches} matches at most`, 'too-costly');
  }
  const { store } = request.access;
  const wanted = count === undefined ? mostMatches : offset + count;
  const { parts } = planOf(input, queryOf(input));
  const { matches, next } = await store.search({ ...parts[0]!, count: wanted });
  if (count === undefined && next !== undefined) {
    const diagnostics = `More than ${mostMatches} resources match: ask for a Connection, or narrow the search`;
    throw refusal(field.node, diagnostics, 'too-costly');
  }
  return matches.slice(offset);
}

/** A page of matches with what `[Type]Connection` says of it. */
export interface Connection {
  count?: number;
  offset: number;
  pagesize: number;
  matches: readonly StoredVersion[];
  first?: string;
  previous?: string;
  next?: string;
  last?: string;
}

/** The parameters of a page that its cursor keeps beside those of the search. */
const offsetParameter = '$offset';

/**
 * `[Type]Connection`: a page of matches, with the cursors of other pages. That of the last page is known once it is
 * reached: to find it before, all pages would have to be read.
 * @param counted whether the number of all matches is asked for
 * @throws QueryError on a malformed search and on a cursor beside other arguments
 */
export async function connection(input: SearchInput, counted: boolean): Promise<Connection> {
  const { spine, request, type, field } = input;
  const { pagingSecret } = spine;
  const scope = linkScope(request.access, `$graphql ${type}`);
  const start = startOf(input, scope);
  const kept = start?.query ?? [...queryOf(input), ['_count', String(pageSize(input))] as const];
  const query = kept.filter(([name]) => name !== offsetParameter && name !== '_count');
  const [count, offset] = [keptNumber(kept, '_count'), keptNumber(kept, offsetParameter)];
  const plan = planOf(input, query);
  const { store } = request.access;
  const cursor = start?.cursor === undefined ? {} : { cursor: start.cursor };
  const page = await store.search({ ...plan.parts[0]!, count, ...cursor });
  const total = counted ? await countMatches(store, plan, spine.limits.totalTime) : undefined;
  if (counted && total === undefined) {
    throw refusal(field.node, 'Counting the matches takes too long: leave out count', 'too-costly');
  }
  const offsets = { first: 0, previous: offset - count, next: offset + count, last: offset };
  const pages = linkedPages({ query: kept, start, next: page.next });
  const last = { relation: 'last' as const, start: start ?? { query: kept } };
  const cursors = [...pages, ...(page.next === undefined ? [last] : [])].map((linked) => {
    const place = [offsetParameter, String(offsets[linked.relation])] as const;
    const whole = [...query, ['_count', String(count)] as const, place];
    return [linked.relation, sealPage(pagingSecret, { ...linked.start, query: whole }, scope)];
  });
  return {
    ...(total === undefined ? {} : { count: total }),
    offset,
    pagesize: count,
    matches: page.matches,
    ...Object.fromEntries(cursors),
  };
}

function keptNumber(query: readonly QueryParameter[], name: string): number {
  return Number(query.find(([each]) => each === name)?.[1] ?? 0);
}

function startOf({ spine, field }: SearchInput, scope: string): PageStart | undefined {
  const { cursor: plain, _cursor: underscored, ...others } = field.arguments;
  const cursor = plain ?? underscored;
  if (cursor === undefined) return undefined;
  if (typeof cursor !== 'string') throw refusal(field.node, 'cursor must be a text', 'value');
  if (Object.keys(others).some((name) => name !== 'fhirpath')) {
    throw refusal(field.node, 'A cursor stands alone: it holds the whole search');
  }
  return openPage(spine.pagingSecret, cursor, scope);
}

function pageSize({ field }: SearchInput): number {
  const count = wholeNumber(field.arguments['_count'], '_count', field.node) ?? defaultPage;
  if (count === 0) throw refusal(field.node, 'A page has at least one match', 'value');
  return Math.min(count, mostMatches);
}

/** The arguments as search parameters, each value of a list an alternative. */
function queryOf({ spine, type, field, target }: SearchInput): QueryParameter[] {
  const { fhirpath, _count, _offset, cursor, _cursor, _reference, ...given } = field.arguments;
  const query = Object.entries(given).map(([argument, value]): QueryParameter => {
    const name = searchParameterName(spine.parameters, type, argument);
    const texts = (Array.isArray(value) ? value : [value]).map(scalarText);
    if (name === undefined || texts.length === 0 || !texts.every((text) => text !== undefined)) {
      throw refusal(field.node, `The argument ${argument} takes a simple value, or a list of such`, 'value');
    }
    return [name, texts.map((text) => (name === '_sort' ? text : withoutComma(text))).join(',')];
  });
  if (target === undefined) return query;
  return [...query, reversed(spine, type, field, target)];
}

/** The parameter `_reference`, by which resources of the type refer to the one at hand. */
function reversed(spine: Spine, type: string, field: SelectedField, target: ResourceKey): QueryParameter {
  const name = field.arguments['_reference'];
  if (typeof name !== 'string') {
    const diagnostics = `${field.name} takes _reference here, the search parameter that refers to this resource`;
    throw refusal(field.node, diagnostics, 'required');
  }
  const code = searchParameterName(spine.parameters, type, name);
  const parameter = code === undefined ? undefined : spine.parameters.get(type, code);
  if (parameter?.family !== 'reference' || !parameter.targets.includes(target.type)) {
    throw refusal(
      field.node,
      `_reference must be a search parameter of ${type} that refers to ${target.type}`,
    );
  }
  return [parameter.code, referenceTo(target)];
}

/** A comma of a value is one of its characters; alternatives are given as a list. */
function withoutComma(text: string): string {
  return text.replace(/(?<!\\),/g, '\\,');
}

function planOf({ spine, request, type }: SearchInput, query: readonly QueryParameter[]): SearchPlan {
  checkSearchSize(query, spine.limits);
  const strict = { ...request, headers: { prefer: 'handling=strict' } };
  return planSearch(spine, strict, typeArea(type), query);
}
