import { resourceTypes, typeDefinition } from '../fhir/definitions/load.ts';
import type {
  ExpandedValueSet,
  R4Definitions,
  SearchParameterDefinition,
  SearchParameterType,
} from '../fhir/definitions/model.ts';
import { withoutVersion } from '../fhir/reference.ts';
import { canonicalTargetsOf } from './canonicals.ts';
import { codesAbove, codesBelow } from './code-hierarchy.ts';
import type { SortKey, ValueFamily } from './expression.ts';
import { pairOf } from './pairs.ts';
import { compositeParts, partsOf } from './parts.ts';
import type { SearchParameter } from './search-parameter.ts';

/** The search parameters by resource type, those of Resource and DomainResource included. */
export interface SearchParameters {
  get(type: string, code: string): SearchParameter | undefined;
  /** In the order of the codes; empty for an unknown type. */
  list(type: string): readonly SearchParameter[];
  /** The codes of a value set by code system, `null` for a whole system; `undefined` when it is not known. */
  valueSet(url: string): ExpandedValueSet | undefined;
  /** A code and those above or below it; `undefined` when the code system has no hierarchy or is not known. */
  relatedCodes(system: string, code: string, direction: 'above' | 'below'): readonly string[] | undefined;
  /** Another number whenever other parameters are there. */
  readonly revision: number;
}

/** The parameters of one type, in the order of the codes and by them. */
interface TypeParameters {
  list: readonly SearchParameter[];
  byCode: ReadonlyMap<string, SearchParameter>;
}

/** The one parameter of type special that has an expression. */
const NEAR = 'http://hl7.org/fhir/SearchParameter/Location-near';

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
  const byUrl = new Map([...definitions.searchParameters, ...additional].map((one) => [one.url, one]));
  const sources = [byBase(definitions, definitions.searchParameters), byBase(definitions, additional)];
  const bases = new Map(instantiable.map((type) => [type, lineage(definitions, type)]));
  const table = new Map<string, TypeParameters>();
  // Most servers hold few of the types, and none needs all parameters to start.
  const ofType = (type: string): TypeParameters | undefined => {
    const known = table.get(type);
    const lines = bases.get(type);
    if (known !== undefined || lines === undefined) return known;
    const byCode = new Map<string, SearchParameter>();
    for (const source of sources) {
      for (const definition of lines.flatMap((base) => source.get(base) ?? [])) {
        byCode.set(definition.code, searchParameter(definition, instantiable, byUrl));
      }
    }
    const list = related(
      definitions,
      type,
      [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1)),
    );
    const made = { list, byCode: new Map(list.map((one) => [one.code, one])) };
    table.set(type, made);
    return made;
  };
  return {
    get: (type, code) => ofType(type)?.byCode.get(code),
    list: (type) => ofType(type)?.list ?? [],
    valueSet: (url) => definitions.valueSets[withoutVersion(url)],
    relatedCodes(system, code, direction) {
      const hierarchy = Object.hasOwn(definitions.hierarchies, system) && definitions.hierarchies[system];
      if (!hierarchy) return undefined;
      return direction === 'below' ? codesBelow(hierarchy, code) : codesAbove(hierarchy, code);
    },
    revision: 0,
  };
}

/** The parameters of a type with what they are to each other and to the elements of the type. */
function related(
  definitions: R4Definitions,
  type: string,
  parameters: readonly SearchParameter[],
): SearchParameter[] {
  const withParts = parameters.map((one) => ({
    ...one,
    canonicalTargets: canonicalTargetsOf(definitions, type, one),
    parts: one.components === undefined ? partsOf(type, one, parameters) : compositeParts(one, parameters),
  }));
  return withParts.map((one) => {
    const pair = pairOf(type, one, withParts);
    return pair === undefined ? one : { ...one, pair };
  });
}

/** The resource types that can be instantiated and are one of these, or descend from one. */
export function typesOf(definitions: R4Definitions, bases: readonly string[]): string[] {
  return [...resourceTypes(definitions)].filter((type) =>
    lineage(definitions, type).some((ancestor) => bases.includes(ancestor)),
  );
}

/**
 * A parameter that comes to a table while it is in use. It shares no index values with others (`parts`), so that it
 * can go again and leave theirs whole.
 * @param byUrl the definitions of its components
 */
export function separateParameter(
  definition: SearchParameterDefinition,
  definitions: R4Definitions,
  byUrl: ReadonlyMap<string, SearchParameterDefinition>,
): SearchParameter {
  return searchParameter(definition, [...resourceTypes(definitions)], byUrl);
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
  definition: SearchParameterDefinition,
  instantiable: readonly string[],
  byUrl: ReadonlyMap<string, SearchParameterDefinition>,
): SearchParameter {
  const { url, code, type, expression, target, description } = definition;
  const family = familyOf(code, type, expression);
  const components = componentsOf(definition, instantiable, byUrl);
  return {
    url,
    code,
    type,
    ...(family === undefined ? {} : { family }),
    ...(expression === undefined ? {} : { expression }),
    ...(components === undefined ? {} : { components }),
    ...(url === NEAR ? { isPosition: true as const } : {}),
    targets: type === 'reference' ? targetTypes(target, instantiable) : [],
    canonicalTargets: [],
    parts: [],
    ...(description === undefined ? {} : { description }),
  };
}

/**
 * The first component is a token, as in all composites of R4; in `relationship` of DocumentReference the definitions
 * stand beside each other's expression. Of three components the others are the numbers of a span.
 */
function componentsOf(
  { components = [] }: SearchParameterDefinition,
  instantiable: readonly string[],
  byUrl: ReadonlyMap<string, SearchParameterDefinition>,
): SearchParameter['components'] {
  if (components.length !== 2 && components.length !== 3) return undefined;
  const definitions = components.map(({ definition }) => byUrl.get(definition));
  if (definitions[0]?.type !== 'token') definitions.reverse();
  const [key, value, end] = definitions.map((definition, position) => {
    const expression = corrected(components[position]?.expression ?? '');
    return definition && searchParameter({ ...definition, expression }, instantiable, byUrl);
  });
  if (key?.family !== 'token' || value?.family === undefined) return undefined;
  if (components.length === 2) return { key, value };
  return value.family === 'number' && end?.family === 'number' ? { key, value, end } : undefined;
}

/** R4 writes the type dateTime with a capital in `code-value-date`. */
function corrected(expression: string): string {
  return expression.replaceAll('DateTime)', 'dateTime)');
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
