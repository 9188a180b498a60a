import { fhirError } from '../fhir/error.ts';
import { allOf } from '../search/combine.ts';
import type { Expression } from '../search/expression.ts';
import { parseSearch, type SearchRequest } from '../search/parse.ts';
import { preferences } from './preconditions.ts';
import { representationNames } from './representation.ts';
import type { FhirRequest, QueryParameter } from './request.ts';
import { type SearchArea, typeParameter } from './search-area.ts';
import type { Spine } from './spine.ts';

/** A search as it runs: one expression for each type that is searched, and what all types share. */
export interface SearchPlan {
  parts: readonly { type: string; expression: Expression }[];
  /** Sorting, totals and includes, which are the same for every type. */
  result: Omit<SearchRequest, 'type' | 'expression' | 'applied' | 'ignored'>;
  /** The parameters that were used, for the links. */
  applied: QueryParameter[];
  /** Names of those that were not. */
  ignored: string[];
}

/**
 * Parses the query of a search on an area. Over several types a parameter is known when each of them has it
 * (search.html#all).
 * @throws FhirError 400 on a malformed search, on `_sort` over several types, and on an unknown parameter with
 *   `Prefer: handling=strict`
 */
export function planSearch(
  spine: Spine,
  request: FhirRequest,
  { path, types, within }: SearchArea,
  query: readonly QueryParameter[],
): SearchPlan {
  const { strict } = preferences(request.headers.prefer);
  const isChoice = ([name]: QueryParameter) => name === typeParameter && chooses(path);
  const [first, ...others] = types;
  if (first === undefined) throw fhirError(400, 'value', `${typeParameter} chooses no type`, typeParameter);
  const parse = (type: string, heard: readonly QueryParameter[], refuses: boolean) =>
    parseSearch({
      type,
      types,
      query: heard.filter((parameter) => !isChoice(parameter)),
      parameters: spine.parameters,
      baseUrls: [spine.baseUrl],
      strict: refuses,
      reserved: representationNames,
    });
  const parsedFirst = parse(first, query, strict);
  const unknown = new Set([
    ...parsedFirst.ignored,
    ...others.flatMap((type) => parse(type, query, strict).ignored),
  ]);
  const heard = query.filter(([name]) => !unknown.has(name));
  const { type: _, expression, applied, ignored: __, ...result } = parse(first, heard, strict);
  if (others.length > 0 && result.sort.length > 0) {
    throw fhirError(400, 'not-supported', '_sort takes a search on one type', '_sort');
  }
  const narrowed = (type: string, whole: Expression): Expression =>
    within === undefined ? whole : allOf([within(type), whole]);
  return {
    parts: [
      { type: first, expression: narrowed(first, expression) },
      ...others.map((type) => ({ type, expression: narrowed(type, parse(type, heard, strict).expression) })),
    ],
    result,
    applied: [...query.filter(isChoice), ...applied],
    ignored: [...unknown],
  };
}

/** True where `_type` chooses among several types. */
function chooses(path: string): boolean {
  return path === '' || path.endsWith('/*');
}
