import type { SearchParameterDefinition } from '../fhir/definitions/model.ts';
import { type FhirError, fhirError, type Issue } from '../fhir/error.ts';
import { canonicalTargetsOf } from '../search/canonicals.ts';
import { compileParameter, type Program, type ProgramOptions } from '../search/extract.ts';
import { separateParameter, typesOf } from '../search/parameters.ts';
import type { SearchParameter } from '../search/search-parameter.ts';

/** Definitions of search parameters by their URL without version. */
export type DefinitionsByUrl = ReadonlyMap<string, SearchParameterDefinition>;

/** A search parameter, ready to be searched by and to take values. */
export interface CompiledParameter {
  definition: SearchParameterDefinition;
  /** Two definitions with the same signature take the same values. */
  signature: string;
  parameter: SearchParameter;
  /** By resource type: all types that have the parameter. */
  programs: ReadonlyMap<string, readonly Program[]>;
}

/**
 * Compiles a definition for each type of its base.
 * @param byUrl where the definitions of its components are found
 * @throws FhirError 422 naming the element that this server cannot take
 */
export function compileDefinition(
  definition: SearchParameterDefinition,
  byUrl: DefinitionsByUrl,
  options: ProgramOptions,
): CompiledParameter {
  const { type, base, components = [] } = definition;
  const types = typesOf(options.definitions, base);
  if (types.length === 0) throw refusal('value', 'No resource type of R4 has this base', 'base');
  if (type === 'special') {
    throw refusal(
      'not-supported',
      'A parameter of type special is code of a server, not a definition',
      'type',
    );
  }
  components.forEach(({ definition: url }, index) => {
    if (byUrl.has(url)) return;
    throw refusal('not-found', `The search parameter ${url} is not known`, `component[${index}].definition`);
  });
  const parameter = separateParameter(definition, options.definitions, byUrl);
  const startsWithToken = byUrl.get(components[0]?.definition ?? '')?.type === 'token';
  if (type === 'composite' && (!startsWithToken || parameter.components === undefined)) {
    const diagnostics =
      'A composite must be a token and one other value, or a token and two numbers, in this order';
    throw refusal('not-supported', diagnostics, 'component');
  }
  const programs = new Map(types.map((name) => [name, compiled(name, parameter, options)]));
  const canonicalTargets = canonicalTargetsOf(options.definitions, types[0] as string, parameter);
  return {
    definition,
    signature: signatureOf(definition, byUrl),
    parameter: { ...parameter, canonicalTargets },
    programs,
  };
}

function compiled(type: string, parameter: SearchParameter, options: ProgramOptions): Program[] {
  try {
    return compileParameter(type, parameter, options);
  } catch (error) {
    const element = parameter.components === undefined ? 'expression' : 'component';
    throw refusal('not-supported', (error as Error).message, element);
  }
}

function signatureOf(definition: SearchParameterDefinition, byUrl: DefinitionsByUrl): string {
  const { code, type, base, expression, target = [], components = [] } = definition;
  return JSON.stringify([
    code,
    type,
    [...base].sort(),
    expression,
    [...target].sort(),
    components.map((part) => [part.expression, byUrl.get(part.definition)?.type]),
  ]);
}

/** A refusal of an element of a SearchParameter. */
export function refusal(code: Issue['code'], diagnostics: string, element: string): FhirError {
  return fhirError(422, code, diagnostics, `SearchParameter.${element}`);
}
