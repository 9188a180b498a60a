import type { CodeableConcept, ConceptMap, ParametersParameter } from 'fhir/r4.d.ts';
import { withVersion } from '../../fhir/canonical.ts';
import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { TerminologyScope } from '../../interactions/terminology/service.ts';
import { type Dependency, type Match, translate } from '../../terminology/translate.ts';
import { calledOn, checkVersion, type GivenCodes, givenCodes, givenResource } from './given.ts';
import { codingParameter, parametersAnswer, stringParameter } from './parameters-out.ts';

const maxima: ParameterMaxima = {
  url: 1,
  conceptMap: 1,
  conceptMapVersion: 1,
  code: 1,
  system: 1,
  version: 1,
  source: 1,
  coding: 1,
  codeableConcept: 1,
  target: 1,
  targetsystem: 1,
  dependency: '*',
  reverse: 1,
};

/**
 * `ConceptMap/$translate` (R4 conceptmap-operation-translate): by the map that is named, sent or called on, else by all
 * stored maps of the code system.
 */
export function translateOperation(spine: Spine): Operation {
  return {
    code: 'translate',
    definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
    types: ['ConceptMap'],
    levels: { type: true, instance: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('translate', invocation.parameters, maxima);
  const codes = givenCodes(given, { version: 'version' });
  const wishes = {
    source: given.text('source', 'uri'),
    target: given.text('target', 'uri'),
    targetsystem: given.text('targetsystem', 'uri'),
    reverse: given.boolean('reverse'),
    dependency: given.all('dependency').map(readDependency),
  };
  const scope = spine.terminology.of(invocation.request.access, spine.baseUrl);
  const named = await namedMap(spine, scope, given, invocation);
  const maps = named === undefined ? await mapsOf(scope, codes, wishes.reverse) : [named];
  const { result, message, matches } = await translate(maps, codes.codings, wishes, (url) =>
    scope.conceptMap(url),
  );
  return parametersAnswer([
    { name: 'result', valueBoolean: result },
    stringParameter('message', message),
    ...matches.map(matchParameter),
  ]);
}

/** @throws FhirError 400 when a map is named twice, 404 or 410 when it is not there */
async function namedMap(
  spine: Spine,
  scope: TerminologyScope,
  given: GivenParameters,
  invocation: OperationInvocation,
): Promise<ConceptMap | undefined> {
  const instance = await calledOn<ConceptMap>(invocation);
  const sent = givenResource<ConceptMap>(spine, given, 'conceptMap', 'ConceptMap');
  const url = given.text('url', 'uri', 'canonical');
  if ([instance, sent, url].filter((one) => one !== undefined).length > 1) {
    throw fhirError(400, 'invalid', 'The map is given by one of url, conceptMap and its address', 'url');
  }
  if (url === undefined) return instance ?? sent;
  const version = given.text('conceptMapVersion', 'string');
  const found = await scope.conceptMap(withVersion(url, version));
  if (found === undefined) throw fhirError(404, 'not-found', 'The concept map is not known here', 'url');
  checkVersion('concept map', found.version, version, 'conceptMapVersion');
  return found;
}

async function mapsOf(
  scope: TerminologyScope,
  { codings, expression }: GivenCodes,
  reverse: boolean | undefined,
): Promise<ConceptMap[]> {
  const systems = new Set(codings.flatMap(({ system }) => system ?? []));
  if (systems.size === 0) {
    throw fhirError(400, 'required', 'Without a map, $translate takes the system of the code', expression);
  }
  const parameter = reverse ? 'target-system' : 'source-system';
  const found = await Promise.all([...systems].map((system) => scope.conceptMaps(parameter, system)));
  return found.flat();
}

function readDependency({ part = [], expression }: OperationParameter): Dependency {
  const one = (name: string) => part.find((parameter) => parameter.name === name);
  const [element, concept] = [one('element'), one('concept')];
  const isConcept = concept?.valueType === 'codeableConcept' && typeof concept.value === 'object';
  if (typeof element?.value !== 'string' || !isConcept) {
    throw fhirError(400, 'value', 'A dependency has an element and a concept', expression);
  }
  return { element: element.value, concept: concept.value as CodeableConcept };
}

function matchParameter({ equivalence, concept, product, source }: Match): ParametersParameter {
  const parts: (ParametersParameter | undefined)[] = [
    { name: 'equivalence', valueCode: equivalence },
    codingParameter('concept', concept),
    ...product.map(({ element, concept }) => ({
      name: 'product',
      part: [
        { name: 'element', valueUri: element },
        { name: 'concept', valueCoding: concept },
      ],
    })),
    source === undefined ? undefined : { name: 'source', valueUri: source },
  ];
  return { name: 'match', part: parts.filter((part) => part !== undefined) };
}
