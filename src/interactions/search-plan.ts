import { fhirError } from '../fhir/error.ts';
import { allOf } from '../search/combine.ts';
import { isContainedType, withLocalIds } from '../search/contained.ts';
import type { Expression, SortKey } from '../search/expression.ts';
import { parseSearch, type SearchRequest } from '../search/parse.ts';
import { containedChoice, containedParameters, searchedTypes } from './contained.ts';
import { preferences } from './preconditions.ts';
import { representationNames } from './representation.ts';
import type { FhirRequest, QueryParameter } from './request.ts';
import { type SearchArea, typeParameter } from './search-area.ts';
import type { Spine } from './spine.ts';

/** Parameters that are no criteria of a search. */
const reserved = [...representationNames, ...containedParameters];

/** A search as it runs: one expression for each type that is searched, and what all types share. */
export interface SearchPlan {
  parts: readonly { type: string; expression: Expression; sort: readonly SortKey[] }[];
  /** Sorting, totals and includes, which are the same for every type. */
  result: Omit<SearchRequest, 'type' | 'expression' | 'applied' | 'ignored'>;
  /** For a contained match its container is answered. */
  answersContainers: boolean;
  /** The parameters that were used, for the links. */
  applied: QueryParameter[];
  /** Names of those that were not. */
  ignored: string[];
}

/**
 * Parses the query of a search on an area. Over several types a parameter is known when each of them has it
 * (search.html#all).
 * @throws FhirError 400 on a malformed search, on a `_sort` that compares what cannot be compared, and on an unknown
 *   parameter with `Prefer: handling=strict`
 */
export function planSearch(
  spine: Spine,
  request: FhirRequest,
  { path, types, patient, within }: SearchArea,
  query: readonly QueryParameter[],
  parameters = spine.parameters,
): SearchPlan {
  const { strict } = preferences(request.headers.prefer);
  const isChoice = ([name]: QueryParameter) => name === typeParameter && chooses(path);
  const [first, ...others] = types;
  if (first === undefined) throw fhirError(400, 'value', `${typeParameter} chooses no type`, typeParameter);
  const parsedWhole = new Map<string, SearchRequest>();
  const parse = (type: string, heard: readonly QueryParameter[], refuses: boolean) => {
    const known = heard === query ? parsedWhole.get(type) : undefined;
    if (known !== undefined) return known;
    const parsed = parseSearch({
      type,
      types,
      query: heard.filter((parameter) => !isChoice(parameter)),
      parameters,
      baseUrls: [spine.baseUrl],
      strict: refuses,
      reserved,
      ...(patient === undefined ? {} : { patient }),
      mostWays: spine.limits.chainWays,
    });
    if (heard === query) parsedWhole.set(type, parsed);
    return parsed;
  };
  const parsedFirst = parse(first, query, strict);
  const unknown = new Set([
    ...parsedFirst.ignored,
    ...others.flatMap((type) => parse(type, query, strict).ignored),
  ]);
  const heard = unknown.size === 0 ? query : query.filter(([name]) => !unknown.has(name));
  const { type: _, expression, applied, ignored: __, ...result } = parse(first, heard, strict);
  const contained = containedChoice(query);
  const partsOf = (type: string, parsed: Pick<SearchRequest, 'expression' | 'sort'>) => {
    checkSort(parsed.sort, result.sort);
    const { sort } = parsed;
    return searchedTypes(type, contained).map((name) => {
      const asked = isContainedType(name) ? withLocalIds(parsed.expression) : parsed.expression;
      const expression = within === undefined ? asked : allOf([within(type), asked]);
      return { type: name, expression, sort };
    });
  };
  return {
    parts: [
      ...partsOf(first, { expression, sort: result.sort }),
      ...others.flatMap((type) => partsOf(type, parse(type, heard, strict))),
    ],
    result,
    answersContainers: contained.answered === 'container',
    applied: [
      ...query.filter(isChoice),
      ...query.filter(([name, value]) => containedParameters.includes(name) && value !== ''),
      ...applied,
    ],
    ignored: [...unknown],
  };
}

/** True where `_type` chooses among several types. */
function chooses(path: string): boolean {
  return path === '' || path.endsWith('/*');
}

/** Two types may have parameters of one name and of different kinds. */
function checkSort(sort: readonly SortKey[], first: readonly SortKey[]): void {
  if (sort.some(({ family }, at) => family !== first[at]?.family)) {
    const diagnostics = '_sort takes parameters that are of the same kind in all types of the search';
    throw fhirError(400, 'not-supported', diagnostics, '_sort');
  }
}
