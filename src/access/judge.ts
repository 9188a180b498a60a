import type { R4Definitions } from '../fhir/definitions/model.ts';
import { parseJson } from '../fhir/json.ts';
import { parseReference } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import { type Evaluated, evaluate, parametersOf } from '../search/evaluate.ts';
import type { Expression } from '../search/expression.ts';
import { compileParameter, type Extractor, type Program } from '../search/extract.ts';
import { emptyIndexValues, type IndexValues } from '../search/index-values.ts';
import type { SearchParameters } from '../search/parameters.ts';

/** What a filter is told of a version: enough to judge it without a look at the store. */
export interface Judged {
  type: string;
  id: string;
  lastUpdated: number;
  body: Buffer | string;
}

/** Tells whether a version meets a filter, as a search would find it. */
export type Judge = (filter: Expression, version: Judged) => boolean;

export interface JudgeOptions {
  definitions: R4Definitions;
  parameters: SearchParameters;
  extract: Extractor;
  /** Absolute URLs of this server, without trailing slash. */
  baseUrls: readonly string[];
}

/**
 * The resource that a Binary is as confidential as (binary.html#security): no search parameter, so that no search finds
 * a Binary by it.
 */
export const securityContextParameter = ':security-context';

/**
 * Judges by the values of those parameters alone that a filter names: all of a resource take many times as long. What
 * a body cannot meet because it never holds the id of a filter is not even parsed.
 */
export function createJudge(options: JudgeOptions): Judge {
  const programs = new Map<string, readonly Program[] | undefined>();
  const plans = new WeakMap<Expression, Plan>();

  const programsOf = (type: string, code: string): readonly Program[] | undefined => {
    const key = `${type} ${code}`;
    if (programs.has(key)) return programs.get(key);
    // Those that were added to the server may change; those of R4 stay, and are compiled once.
    const parameter = options.parameters.get(type, code);
    const isStandard = parameter?.url.startsWith('http://hl7.org/fhir/SearchParameter/');
    const compiled = isStandard ? compileParameter(type, parameter!, options) : undefined;
    programs.set(key, compiled);
    return compiled;
  };

  const planOf = (filter: Expression, type: string): Plan => {
    const known = plans.get(filter);
    if (known !== undefined) return known;
    const names = [...new Set(parametersOf(filter))].filter((name) => name !== securityContextParameter);
    const found = names.map((name) => (/[:$]/.test(name) ? undefined : programsOf(type, name)));
    const programs = found.includes(undefined) ? undefined : found.flatMap((each) => each ?? []);
    const plan: Plan = {
      programs,
      readsDecimals: programs?.some(({ family }) => family === 'number' || family === 'quantity') ?? true,
      needle: needleOf(filter),
    };
    plans.set(filter, plan);
    return plan;
  };

  return (filter, version) => {
    if (filter.kind === 'and' && filter.operands.length === 0) return true;
    if (filter.kind === 'ids') return filter.ids.includes(version.id);
    const plan = planOf(filter, version.type);
    if (plan.needle !== undefined && version.id !== plan.needle && !version.body.includes(plan.needle)) {
      return false;
    }
    const resource = (
      plan.readsDecimals ? parseJson(version.body) : JSON.parse(String(version.body))
    ) as Resource;
    return evaluate(filter, evaluated(version, resource, plan));
  };

  function evaluated({ id, type, lastUpdated }: Judged, resource: Resource, plan: Plan): Evaluated {
    const index = plan.programs === undefined ? options.extract(resource) : valuesOf(resource, plan.programs);
    if (type === 'Binary') addSecurityContext(resource, index, options.baseUrls);
    return { id, lastUpdated, index };
  }
}

interface Plan {
  /** What takes the values that the filter looks at; absent where all are taken. */
  programs: readonly Program[] | undefined;
  /** Their digits count; without it the parser of the engine does, which is faster. */
  readsDecimals: boolean;
  /** A text that every body holds which meets the filter, but for the resource that has it as its id. */
  needle: string | undefined;
}

function valuesOf(resource: Resource, programs: readonly Program[]): IndexValues {
  const frame = { resource, values: emptyIndexValues() };
  for (const { runs } of programs) for (const run of runs) run(resource, frame);
  return frame.values;
}

function addSecurityContext(resource: Resource, index: IndexValues, baseUrls: readonly string[]): void {
  const { reference } = (resource['securityContext'] ?? {}) as { reference?: unknown };
  const target = typeof reference === 'string' ? parseReference(reference, baseUrls) : undefined;
  if (target?.kind !== 'local') return;
  index.reference.push({ parameter: securityContextParameter, type: target.type, id: target.id });
}

/** The one id that a filter is about: the resource with it, and those that refer to it. */
function needleOf(filter: Expression): string | undefined {
  switch (filter.kind) {
    case 'ids':
      return filter.ids.length === 1 ? filter.ids[0] : undefined;
    case 'reference':
      return 'id' in filter ? filter.id : undefined;
    case 'and':
      return filter.operands.map(needleOf).find((needle) => needle !== undefined);
    case 'or': {
      const [first, ...others] = filter.operands.map(needleOf);
      return others.every((other) => other === first) ? first : undefined;
    }
    default:
      return undefined;
  }
}
