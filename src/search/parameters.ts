import { resourceTypes, typeDefinition } from '../fhir/definitions/load.ts';
import type {
  R4Definitions,
  SearchParameterDefinition,
  SearchParameterType,
} from '../fhir/definitions/model.ts';
import type { SortKey, ValueFamily } from './expression.ts';

/** A search parameter as one resource type has it. */
export interface SearchParameter {
  url: string;
  code: string;
  type: SearchParameterType;
  /** The index that answers it; absent where this server has none (composite, special, without expression). */
  family?: SortKey['family'];
  expression?: string;
  /** Resource types that a reference may point to; empty for the other types. */
  targets: readonly string[];
  description?: string;
}

/** The search parameters by resource type, those of Resource and DomainResource included. */
export interface SearchParameters {
  get(type: string, code: string): SearchParameter | undefined;
  /** In the order of the codes; empty for an unknown type. */
  list(type: string): readonly SearchParameter[];
}

const FAMILIES: Readonly<Partial<Record<SearchParameterType, ValueFamily>>> = {
  number: 'number',
  date: 'date',
  string: 'string',
  token: 'token',
  reference: 'reference',
  quantity: 'quantity',
  uri: 'uri',
};

/**
 * Builds the table of the standard parameters and of `additional` ones. Of several definitions of a code, an
 * additional one wins over a standard one, then that of the most specific base, then the first by URL.
 * @throws Error when a definition names a type that R4 does not have
 */
export function createSearchParameters(
  definitions: R4Definitions,
  additional: readonly SearchParameterDefinition[] = [],
): SearchParameters {
  const instantiable = [...resourceTypes(definitions)];
  const sources = [byBase(definitions, definitions.searchParameters), byBase(definitions, additional)];
  const table = new Map<string, ReadonlyMap<string, SearchParameter>>();
  for (const type of instantiable) {
    const parameters = new Map<string, SearchParameter>();
    for (const source of sources) {
      for (const base of lineage(definitions, type)) {
        for (const definition of source.get(base) ?? []) {
          parameters.set(definition.code, searchParameter(definition, instantiable));
        }
      }
    }
    table.set(type, new Map([...parameters].sort(([a], [b]) => (a < b ? -1 : 1))));
  }
  const lists = new Map([...table].map(([type, parameters]) => [type, [...parameters.values()]]));
  return {
    get: (type, code) => table.get(type)?.get(code),
    list: (type) => lists.get(type) ?? [],
  };
}

/** The definitions of each base, the preferred ones last. */
function byBase(
  definitions: R4Definitions,
  parameters: readonly SearchParameterDefinition[],
): Map<string, SearchParameterDefinition[]> {
  const groups = new Map<string, SearchParameterDefinition[]>();
  for (const parameter of [...parameters].sort((a, b) => (a.url > b.url ? -1 : 1))) {
    for (const base of parameter.base) {
      if (typeDefinition(definitions, base)?.kind !== 'resource') {
        throw new Error(`SearchParameter ${parameter.url} has the unknown base ${base}`);
      }
      groups.set(base, [...(groups.get(base) ?? []), parameter]);
    }
  }
  return groups;
}

/** The type and its base types, the root first. */
function lineage(definitions: R4Definitions, type: string): string[] {
  const base = typeDefinition(definitions, type)?.base;
  return base === undefined ? [type] : [...lineage(definitions, base), type];
}

function searchParameter(
  { url, code, type, expression, target, description }: SearchParameterDefinition,
  instantiable: readonly string[],
): SearchParameter {
  const family = familyOf(code, type, expression);
  return {
    url,
    code,
    type,
    ...(family === undefined ? {} : { family }),
    ...(expression === undefined ? {} : { expression }),
    targets: type === 'reference' ? targetTypes(target, instantiable) : [],
    ...(description === undefined ? {} : { description }),
  };
}

/** The id and the instant of the last change stand in the stored version itself and need no index values. */
function familyOf(
  code: string,
  type: SearchParameterType,
  expression?: string,
): SortKey['family'] | undefined {
  if (code === '_id') {
    return 'id';
  }
  if (code === '_lastUpdated') {
    return 'lastUpdated';
  }
  return expression === undefined ? undefined : FAMILIES[type];
}

function targetTypes(
  target: readonly string[] | undefined,
  instantiable: readonly string[],
): readonly string[] {
  return target === undefined || target.includes('Resource') ? instantiable : target;
}
