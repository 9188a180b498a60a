import { resourceTypes } from '../fhir/definitions/load.ts';
import type { R4Definitions } from '../fhir/definitions/model.ts';
import type { Visit } from '../fhir/fhirpath/branch.ts';
import { compileFhirPath } from '../fhir/fhirpath/compile.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ValueFamily } from './expression.ts';
import { dateWriters } from './extraction/date.ts';
import { removeDuplicates } from './extraction/duplicates.ts';
import { numberWriters } from './extraction/number.ts';
import { quantityWriters } from './extraction/quantity.ts';
import { referenceWriters } from './extraction/reference.ts';
import { stringWriters } from './extraction/string.ts';
import { tokenWriters } from './extraction/token.ts';
import { uriWriters } from './extraction/uri.ts';
import type { ExtractionFrame, Writers } from './extraction/writer.ts';
import { emptyIndexValues, type IndexValues } from './index-values.ts';
import type { SearchParameter, SearchParameters } from './parameters.ts';

const WRITERS: Readonly<Record<ValueFamily, Writers>> = {
  string: stringWriters,
  token: tokenWriters,
  date: dateWriters,
  number: numberWriters,
  quantity: quantityWriters,
  reference: referenceWriters,
  uri: uriWriters,
};

interface ExtractorOptions {
  definitions: R4Definitions;
  parameters: SearchParameters;
  /** Absolute URLs under which this server is known, without trailing slash: references to them are local. */
  baseUrls: readonly string[];
}

/** One search parameter of one resource type, ready to run. */
interface Program {
  family: ValueFamily;
  runs: readonly Visit<ExtractionFrame>[];
}

/**
 * Compiles every search parameter of every resource type that has an index (composite and special ones have none)
 * and answers the function that takes the index values of a resource. It expects a valid resource.
 * @throws Error naming the search parameter whose expression cannot be compiled or gives nothing to index
 */
export function createExtractor(options: ExtractorOptions): (resource: Resource) => IndexValues {
  const programs = new Map<string, readonly Program[]>();
  for (const type of resourceTypes(options.definitions)) {
    programs.set(
      type,
      options.parameters.list(type).flatMap((parameter) => program(type, parameter, options)),
    );
  }
  return (resource) => {
    const values = emptyIndexValues();
    const frame: ExtractionFrame = { resource, values };
    for (const { family, runs } of programs.get(resource.resourceType) ?? []) {
      const start = values[family].length;
      for (const run of runs) {
        run(resource, frame);
      }
      removeDuplicates(values, family, start);
    }
    return values;
  };
}

function program(type: string, parameter: SearchParameter, options: ExtractorOptions): Program[] {
  const { family, expression } = parameter;
  if (family === undefined || family === 'id' || family === 'lastUpdated' || expression === undefined) {
    return [];
  }
  const runs = branchesOf(type, parameter, expression, options).flatMap((branch) => {
    const writer = WRITERS[family][branch.type];
    const { baseUrls, definitions } = options;
    if (writer === undefined) return [];
    const systems = systemsOf(definitions, branch.valueSet);
    return [branch.bind(writer(parameter, { baseUrls, systemOf: (code) => systems.get(code) }))];
  });
  if (runs.length === 0) {
    throw new Error(
      `SearchParameter ${parameter.url} selects no ${parameter.type} value of ${type}: ${expression}`,
    );
  }
  return [{ family, runs }];
}

function branchesOf(
  type: string,
  { url }: SearchParameter,
  expression: string,
  { definitions }: ExtractorOptions,
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
  const systems = valueSet === undefined ? undefined : valueSets[valueSet.replace(/\|.*$/, '')]?.systems;
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
