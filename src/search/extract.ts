import type { R4Definitions } from '../fhir/definitions/model.ts';
import type { Branch, Visit } from '../fhir/fhirpath/branch.ts';
import { compileFhirPath, compileFhirPathFrom } from '../fhir/fhirpath/compile.ts';
import { withoutVersion } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import { isCanonicalType, ownCanonicalsVisitor } from './canonicals.ts';
import type { ValueFamily } from './expression.ts';
import { compositeVisitor } from './extraction/composite.ts';
import { dateWriters } from './extraction/date.ts';
import { removeDuplicates } from './extraction/duplicates.ts';
import { numberWriters } from './extraction/number.ts';
import { positionVisitor } from './extraction/position.ts';
import { quantityWriters } from './extraction/quantity.ts';
import { referenceWriters } from './extraction/reference.ts';
import { stringWriters } from './extraction/string.ts';
import { tokenWriters } from './extraction/token.ts';
import { uriWriters } from './extraction/uri.ts';
import type { ExtractionFrame, Writers } from './extraction/writer.ts';
import { emptyIndexValues, type IndexValues } from './index-values.ts';
import { restComposites } from './pairs.ts';
import type { SearchParameters } from './parameters.ts';
import { removeShared, type Shared, sharedParameters } from './parts.ts';
import type { SearchParameter } from './search-parameter.ts';

const WRITERS: Readonly<Record<ValueFamily, Writers>> = {
  string: stringWriters,
  token: tokenWriters,
  date: dateWriters,
  number: numberWriters,
  quantity: quantityWriters,
  reference: referenceWriters,
  uri: uriWriters,
};

/** Takes the index values of a resource, which it expects to be valid. */
export type Extractor = (resource: Resource) => IndexValues;

export interface ProgramOptions {
  definitions: R4Definitions;
  /** Absolute URLs under which this server is known, without trailing slash: references to them are local. */
  baseUrls: readonly string[];
}

interface ExtractorOptions extends ProgramOptions {
  parameters: SearchParameters;
}

/** One search parameter of one resource type, ready to run. */
export interface Program {
  family: ValueFamily;
  runs: readonly Visit<ExtractionFrame>[];
}

/** Takes what names the resource in canonical references. */
const ownCanonicalsProgram: Program = { family: 'uri', runs: [ownCanonicalsVisitor] };

/** How the index values of one resource type are taken. */
interface TypePrograms {
  programs: readonly Program[];
  shared: readonly Shared[];
}

/**
 * Takes the values of every search parameter that has an index; those without expression have none.
 * @returns an extractor that throws, at the first resource of a type, an Error naming the search parameter whose
 *   expression cannot be compiled or gives nothing to index
 */
export function createExtractor(options: ExtractorOptions): Extractor {
  const compiled = new Map<string, TypePrograms>();
  // Most servers hold few of the types, and none needs all programs to start.
  const ofType = (type: string): TypePrograms => {
    let programs = compiled.get(type);
    if (programs === undefined) {
      programs = compileType(type, options);
      compiled.set(type, programs);
    }
    return programs;
  };
  return (resource) => {
    const { programs, shared } = ofType(resource.resourceType);
    const values = emptyIndexValues();
    runPrograms(programs, resource, values);
    removeShared(values, shared);
    return values;
  };
}

function compileType(type: string, options: ExtractorOptions): TypePrograms {
  const list = options.parameters.list(type);
  const programs = [...list, ...restComposites(list)].flatMap((parameter) =>
    compileParameter(type, parameter, options),
  );
  if (isCanonicalType(options.definitions, type)) programs.push(ownCanonicalsProgram);
  return { programs, shared: sharedParameters(list) };
}

/**
 * The extractor with further programs by resource type.
 * @param generation see `IndexValues.generation`
 */
export function extendExtractor(
  extract: Extractor,
  programs: ReadonlyMap<string, readonly Program[]>,
  generation: number,
): Extractor {
  return (resource) => {
    const values = extract(resource);
    values.generation = generation;
    const more = programs.get(resource.resourceType);
    if (more !== undefined) runPrograms(more, resource, values);
    return values;
  };
}

function runPrograms(programs: readonly Program[], resource: Resource, values: IndexValues): void {
  const frame: ExtractionFrame = { resource, values };
  for (const { family, runs } of programs) {
    const start = values[family].length;
    for (const run of runs) run(resource, frame);
    removeDuplicates(values, family, start);
  }
}

/**
 * What takes the values of a parameter from resources of a type; nothing for one that has no index of its own.
 * @throws Error naming the parameter when its expression cannot be compiled or gives nothing to index
 */
export function compileParameter(
  type: string,
  parameter: SearchParameter,
  options: ProgramOptions,
): Program[] {
  const { expression, components, parts, isPosition } = parameter;
  const isUnion = components !== undefined && parts.length > 0;
  if (expression === undefined || isUnion) return [];
  if (isPosition) {
    const visitor = positionVisitor(parameter.code);
    const runs = branchesOf(type, parameter, expression, options).map((branch) => branch.bind(visitor));
    return [{ family: 'number', runs }];
  }
  const family = indexedFamily(components?.value ?? parameter);
  if (family === undefined) return [];
  const branches = branchesOf(type, parameter, expression, options);
  const runs =
    components === undefined
      ? writersOf(parameter, family, branches, options)
      : branches.flatMap((branch) => compositeRuns(type, parameter, components, family, branch, options));
  if (runs.length === 0) {
    throw new Error(
      `SearchParameter ${parameter.url} selects no ${parameter.type} value of ${type}: ${expression}`,
    );
  }
  return [{ family, runs }];
}

/** The family in which values are written; the id and the instant of the last change need none. */
function indexedFamily({ family }: SearchParameter): ValueFamily | undefined {
  return family === 'id' || family === 'lastUpdated' ? undefined : family;
}

function writersOf(
  parameter: SearchParameter,
  family: ValueFamily,
  branches: readonly Branch[],
  { baseUrls, definitions }: ProgramOptions,
): Visit<ExtractionFrame>[] {
  return branches.flatMap((branch) => {
    const writer = WRITERS[family][branch.type];
    if (writer === undefined) return [];
    const systems = systemsOf(definitions, branch.valueSet);
    return [branch.bind(writer(parameter, { baseUrls, systemOf: (code) => systems.get(code) }))];
  });
}

/** How a component expression starts that leaves the element for the whole resource. */
const OF_RESOURCE = '%resource.';

function compositeRuns(
  type: string,
  { code }: SearchParameter,
  { key, value, end }: NonNullable<SearchParameter['components']>,
  family: ValueFamily,
  branch: Branch,
  options: ProgramOptions,
): Visit<ExtractionFrame>[] {
  const component = (parameter: SearchParameter, componentFamily: ValueFamily) => {
    const { expression = '' } = parameter;
    const written = { ...parameter, code: '' };
    if (!expression.startsWith(OF_RESOURCE)) {
      const inner = compileFhirPathFrom(expression, branch, options.definitions);
      return writersOf(written, componentFamily, inner, options);
    }
    const path = `${type}.${expression.slice(OF_RESOURCE.length)}`;
    const inner = compileFhirPath(path, type, options.definitions);
    return writersOf(written, componentFamily, inner, options).map(
      (run): Visit<ExtractionFrame> =>
        (_, frame) =>
          run(frame.resource, frame),
    );
  };
  const runs = {
    key: component(key, 'token'),
    value: component(value, family),
    family,
    ...(end === undefined ? {} : { end: component(end, 'number') }),
  };
  return runs.key.length === 0 || runs.value.length === 0 ? [] : [branch.bind(compositeVisitor(code, runs))];
}

function branchesOf(
  type: string,
  { url }: SearchParameter,
  expression: string,
  { definitions }: ProgramOptions,
) {
  try {
    return compileFhirPath(expression, type, definitions);
  } catch (cause) {
    throw new Error(`SearchParameter ${url} cannot be compiled for ${type}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The system of each code of a value set; a code that several systems have is left out. */
function systemsOf({ valueSets }: R4Definitions, valueSet: string | undefined): ReadonlyMap<string, string> {
  const systems = valueSet === undefined ? undefined : valueSets[withoutVersion(valueSet)]?.systems;
  const systemOf = new Map<string, string>();
  const shared = new Set<string>();
  for (const [system, codes] of Object.entries(systems ?? {})) {
    for (const code of codes ?? []) {
      if (systemOf.has(code)) shared.add(code);
      systemOf.set(code, system);
    }
  }
  for (const code of shared) systemOf.delete(code);
  return systemOf;
}
