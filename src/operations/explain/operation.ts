import type { Parameters, ParametersParameter } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import { checkSearchSize, defaultCount } from '../../interactions/limits.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirRequest, FhirResponse } from '../../interactions/request.ts';
import { systemArea, typeArea } from '../../interactions/search-area.ts';
import { planSearch, type SearchPlan } from '../../interactions/search-plan.ts';
import type { Spine } from '../../interactions/spine.ts';
import { parametersOfSearch } from '../../interactions/terminology/search-terminology.ts';
import type { SearchExplanation, SearchStep } from '../../store/contract.ts';
import { expressionText, sortText } from './expression-text.ts';

/** Types of one search that are explained: each is a search of its own. */
const mostTypes = 20;

/**
 * `$explain` on the server and on a type: how the search of the same query runs, for operators. The first page is
 * searched for, without what it includes and without its total. No value that was searched for is in the answer.
 */
export function explainOperation(spine: Spine): Operation {
  return {
    code: 'explain',
    definition: 'https://passerelle.fr/fhir/OperationDefinition/Resource-explain',
    types: [...spine.resourceTypes],
    levels: { system: true, type: true, instance: false },
    affectsState: false,
    action: 's',
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, { request, type }: OperationInvocation): Promise<FhirResponse> {
  if (request.body !== undefined) {
    throw fhirError(400, 'not-supported', '$explain takes the query of a search in its URL, and no body');
  }
  const { store } = request.access;
  if (store.explain === undefined) {
    throw fhirError(501, 'not-supported', 'This store does not tell how a search runs');
  }
  const plan = await planOf(spine, request, type);
  const count = Math.min(plan.result.count ?? defaultCount, spine.limits.pageResources);
  const parameter: ParametersParameter[] = [];
  for (const part of plan.parts) {
    const explained = await store.explain({ ...part, count: Math.max(count, 1) });
    parameter.push({ name: 'search', part: [...partOf(part), ...explanationOf(explained)] });
  }
  parameter.push(...plan.ignored.map((name) => ({ name: 'ignored', valueString: name })));
  const body: Parameters = { resourceType: 'Parameters', parameter };
  return { status: 200, body: jsonBody(body) };
}

/** @throws FhirError 400 as the search does, and on more types than are explained */
async function planOf(spine: Spine, request: FhirRequest, type: string | undefined): Promise<SearchPlan> {
  const { query } = request;
  checkSearchSize(query, spine.limits);
  const area = type === undefined ? systemArea(spine, query) : typeArea(type);
  if (area.types.length > mostTypes) {
    const diagnostics = `At most ${mostTypes} types are explained at once: choose them by _type`;
    throw fhirError(400, 'too-costly', diagnostics, '_type');
  }
  return planSearch(spine, request, area, query, await parametersOfSearch(spine, request.access, query));
}

function partOf({ type, expression, sort }: SearchPlan['parts'][number]): ParametersParameter[] {
  return [
    { name: 'type', valueString: type },
    { name: 'expression', valueString: expressionText(expression) },
    ...(sort.length === 0 ? [] : [{ name: 'sort', valueString: sortText(sort) }]),
  ];
}

function explanationOf({ matches, milliseconds, isHeavy, steps }: SearchExplanation): ParametersParameter[] {
  return [
    { name: 'matches', valueInteger: matches },
    { name: 'milliseconds', valueDecimal: rounded(milliseconds) },
    { name: 'heavy', valueBoolean: isHeavy },
    ...steps.map((step) => ({ name: 'step', part: stepParts(step) })),
  ];
}

function stepParts({ statement, plan, runs, rows, milliseconds }: SearchStep): ParametersParameter[] {
  return [
    { name: 'statement', valueString: statement },
    ...plan.map((line) => ({ name: 'plan', valueString: line })),
    { name: 'runs', valueInteger: runs },
    { name: 'rows', valueInteger: rows },
    { name: 'milliseconds', valueDecimal: rounded(milliseconds) },
  ];
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
