import type { SortKey } from './expression.ts';
import type { SearchParameters } from './parameters.ts';
import { malformedValue, unsupportedModifier } from './parse-values/context.ts';
import type { SearchParameter } from './search-parameter.ts';

/** Resources to send along with the matches (search.html#include). */
export interface Include {
  /** The type that holds the reference; `*` (in `_include` only) for any. */
  source: string;
  /** The code of a reference parameter of `source`; `*` for all of them. */
  parameter: string;
  /** Only targets of this type. */
  target?: string;
  /** Also for what is included already (`:iterate`). */
  iterate?: true;
}

/** How results are presented, apart from which ones match (search.html#Summary). */
export interface ResultParameters {
  sort: SortKey[];
  count?: number;
  total: 'none' | 'estimate' | 'accurate';
  includes: Include[];
  revincludes: Include[];
  /** Only the number of matches is asked for, by `_summary=count` or `_count=0`. */
  countOnly: boolean;
}

/**
 * Reads one parameter of a search on `type`, one of the searched `types`, into `result`; answers false when it is none of the result parameters,
 * or when it includes nothing: without `:iterate` no other type than those searched holds a reference.
 * @param strict refuse what includes nothing
 * @throws FhirError 400 on a malformed value
 */
export function readResultParameter(
  result: ResultParameters,
  type: string,
  types: readonly string[],
  name: string,
  value: string,
  parameters: SearchParameters,
  strict: boolean,
): boolean {
  switch (name) {
    case '_sort':
      result.sort.push(...value.split(',').map((key) => sortKey(type, key.trim(), parameters)));
      return true;
    case '_count':
      result.count = wholeNumber(value);
      result.countOnly ||= result.count === 0;
      return true;
    case '_total':
      result.total = total(value);
      return true;
    case '_include': {
      const found = include(name, types, value, parameters);
      const isHeard = found.source === '*' || types.includes(found.source);
      if (!isHeard && strict) throw malformedValue(name, expectedInclude(types, parameters));
      if (isHeard) result.includes.push(found);
      return isHeard;
    }
    case '_include:iterate':
      result.includes.push({ ...include(name, undefined, value, parameters), iterate: true });
      return true;
    case '_revinclude':
      result.revincludes.push(revinclude(name, types, value, parameters));
      return true;
    case '_revinclude:iterate':
      result.revincludes.push({ ...revinclude(name, undefined, value, parameters), iterate: true });
      return true;
    case '_summary':
      result.countOnly ||= value === 'count';
      // `false` asks for what is sent anyway.
      return value === 'count' || value === 'false';
    default:
      refuseModifier(name);
      return false;
  }
}

function refuseModifier(name: string): void {
  if (/^_(?:sort|count|total|summary):/.test(name)) {
    throw unsupportedModifier(name, []);
  }
  if (/^_(?:rev)?include:/.test(name)) {
    throw unsupportedModifier(name, ['iterate']);
  }
}

function sortKey(type: string, key: string, parameters: SearchParameters): SortKey {
  const descending = key.startsWith('-');
  const parameter = parameters.get(type, descending ? key.slice(1) : key);
  if (parameter?.family === undefined) {
    throw malformedValue('_sort', `search parameters of ${type} (${codes(type, parameters, isIndexed)})`);
  }
  const { code, family, parts } = parameter;
  return { parameter: code, family, descending, ...(parts.length === 0 ? {} : { parts }) };
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) {
    throw malformedValue('_count', 'a whole number of 0 or more');
  }
  return Number(value);
}

function total(value: string): ResultParameters['total'] {
  if (value !== 'none' && value !== 'estimate' && value !== 'accurate') {
    throw malformedValue('_total', 'none, estimate or accurate');
  }
  return value;
}

/** @param types those whose parameters a refusal names; absent: any */
function include(
  name: string,
  types: readonly string[] | undefined,
  value: string,
  parameters: SearchParameters,
): Include {
  if (value === '*') {
    return { source: '*', parameter: '*' };
  }
  const [source = '', code = '', target, ...more] = value.split(':');
  const parameter = parameters.get(source, code);
  const isKnown = code === '*' ? parameters.list(source).length > 0 : isReference(parameter);
  if (!isKnown || more.length > 0) {
    throw malformedValue(name, expectedInclude(types, parameters));
  }
  if (target !== undefined && code !== '*' && !parameter?.targets.includes(target)) {
    throw malformedValue(name, `a target type of ${source}:${code}`);
  }
  return { source, parameter: code, ...(target === undefined ? {} : { target }) };
}

function expectedInclude(types: readonly string[] | undefined, parameters: SearchParameters): string {
  const [type, ...others] = types ?? [];
  if (type === undefined || others.length > 0)
    return 'Type:parameter[:Type] with a reference parameter, or *';
  return `${type}:parameter[:Type], of the reference parameters ${codes(type, parameters, isReference)}, or *`;
}

/** @param types those that may be referred to; absent: any */
function revinclude(
  name: string,
  types: readonly string[] | undefined,
  value: string,
  parameters: SearchParameters,
): Include {
  const [source = '', code = '', target, ...more] = value.split(':');
  const isKnown =
    code === '*' ? parameters.list(source).length > 0 : isReference(parameters.get(source, code));
  if (more.length > 0 || !isKnown) {
    throw malformedValue(name, 'Type:parameter[:Type] with a reference parameter of that type, or Type:*');
  }
  if (target !== undefined && types !== undefined && !types.includes(target)) {
    throw malformedValue(name, `${types.join(' or ')} as the target type`);
  }
  return { source, parameter: code, ...(target === undefined ? {} : { target }) };
}

function isReference(parameter: SearchParameter | undefined): boolean {
  return parameter?.family === 'reference';
}

function isIndexed(parameter: SearchParameter): boolean {
  return parameter.family !== undefined;
}

function codes(
  type: string,
  parameters: SearchParameters,
  wanted: (parameter: SearchParameter) => boolean,
): string {
  return parameters
    .list(type)
    .filter(wanted)
    .map(({ code }) => code)
    .join(', ');
}
