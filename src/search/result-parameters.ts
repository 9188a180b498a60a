import { fhirError } from '../fhir/error.ts';
import type { SortKey } from './expression.ts';
import type { SearchParameter, SearchParameters } from './parameters.ts';
import { malformedValue, unsupportedModifier } from './parse-values/context.ts';

/** Resources to send along with the matches (search.html#include). */
export interface Include {
  /** The type that holds the reference. */
  source: string;
  /** The code of a reference parameter of `source`; `*` (in `_include` only) for all of them. */
  parameter: string;
  /** Only targets of this type. */
  target?: string;
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
 * Reads one parameter into `result`; answers false when it is none of the result parameters.
 * @throws FhirError 400 on a malformed value
 */
export function readResultParameter(
  result: ResultParameters,
  type: string,
  name: string,
  value: string,
  parameters: SearchParameters,
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
    case '_include':
      result.includes.push(include(type, value, parameters));
      return true;
    case '_revinclude':
      result.revincludes.push(revinclude(type, value, parameters));
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
    throw fhirError(400, 'not-supported', `${name}: includes of included resources are not supported`, name);
  }
}

function sortKey(type: string, key: string, parameters: SearchParameters): SortKey {
  const descending = key.startsWith('-');
  const parameter = parameters.get(type, descending ? key.slice(1) : key);
  if (parameter?.family === undefined) {
    throw malformedValue('_sort', `search parameters of ${type} (${codes(type, parameters, isIndexed)})`);
  }
  return { parameter: parameter.code, family: parameter.family, descending };
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

function include(type: string, value: string, parameters: SearchParameters): Include {
  if (value === '*') {
    return { source: type, parameter: '*' };
  }
  const [source, code = '', target, ...more] = value.split(':');
  const parameter = parameters.get(type, code);
  if (source !== type || more.length > 0 || (code !== '*' && !isReference(parameter))) {
    const references = codes(type, parameters, isReference);
    throw malformedValue(
      '_include',
      `${type}:parameter[:Type], of the reference parameters ${references}, or *`,
    );
  }
  if (target !== undefined && code !== '*' && !parameter?.targets.includes(target)) {
    throw malformedValue('_include', `a target type of ${type}:${code}`);
  }
  return { source, parameter: code, ...(target === undefined ? {} : { target }) };
}

function revinclude(type: string, value: string, parameters: SearchParameters): Include {
  const [source = '', code = '', target, ...more] = value.split(':');
  if (more.length > 0 || !isReference(parameters.get(source, code))) {
    throw malformedValue('_revinclude', 'Type:parameter[:Type] with a reference parameter of that type');
  }
  if (target !== undefined && target !== type) {
    throw malformedValue('_revinclude', `${type} as the target type`);
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
