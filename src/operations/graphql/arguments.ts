import type { SearchParameters } from '../../search/parameters.ts';
import type { Field, Types } from './types.ts';

/** The search parameters that are of no use in a query, which selects what it gets by itself (graphql.html#searching). */
export const excludedParameters: ReadonlySet<string> = new Set([
  ...[
    '_include',
    '_revinclude',
    '_contained',
    '_containedType',
    '_summary',
    '_elements',
    '_format',
    '_pretty',
  ],
  ...['_total', '_type'],
]);

/** The arguments of `[Type]List` and `[Type]Connection` that are no search parameters. */
const searchArguments = {
  list: ['fhirpath', '_count', '_offset'],
  connection: ['fhirpath', '_count', 'cursor', '_cursor'],
} as const;

/** True when a field takes an argument of this name. */
export function isFieldArgument(
  types: Types,
  parameters: SearchParameters,
  field: Field,
  name: string,
): boolean {
  switch (field.kind) {
    case 'typename':
      return false;
    case 'element': {
      if (field.view === undefined) return false;
      if (name === 'fhirpath') return true;
      if (name === '_count' || name === '_offset') return field.list;
      const child = types.field(field.view, name);
      return child?.kind === 'element' && child.view === undefined;
    }
    case 'target':
      return name === 'optional' || name === 'type';
    case 'read':
      return name === 'id';
    case 'list':
    case 'connection':
      if (name === '_reference') return field.reverse;
      if (name.endsWith('cursor') && field.reverse) return false;
      return (
        (searchArguments[field.kind] as readonly string[]).includes(name) ||
        searchParameterName(parameters, field.type, name) !== undefined
      );
    case 'create':
      return name === 'res';
    case 'update':
      return name === 'res' || name === 'id';
    case 'delete':
      return name === 'id';
  }
}

/**
 * The search parameter that an argument stands for: `-` is written `_`. Parameters that start with `_` and are of the
 * search itself (`_sort`, `_filter`) are known to the search alone.
 */
export function searchParameterName(
  parameters: SearchParameters,
  type: string,
  argument: string,
): string | undefined {
  if (excludedParameters.has(argument)) return undefined;
  if (argument.startsWith('_') || parameters.get(type, argument) !== undefined) return argument;
  const name = argument.replaceAll('_', '-');
  return parameters.get(type, name) === undefined ? undefined : name;
}
