import type { CodeSystemConceptDesignation, ParametersParameter } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import { grammarSystem } from '../../terminology/grammar-systems.ts';
import { type CodeDetails, codeDetails, type DetailProperty } from '../../terminology/lookup.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import { givenCodes, refuseDate } from './given.ts';
import { codingParameter, parametersAnswer, stringParameter } from './parameters-out.ts';

const maxima: ParameterMaxima = {
  code: 1,
  system: 1,
  version: 1,
  coding: 1,
  date: 1,
  displayLanguage: 1,
  property: '*',
};

/** `CodeSystem/$lookup` (R4 codesystem-operation-lookup): what is known of a code. */
export function lookupOperation(spine: Spine): Operation {
  return {
    code: 'lookup',
    definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
    types: ['CodeSystem'],
    levels: { type: true, instance: false },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, { request, parameters }: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('lookup', parameters, maxima);
  refuseDate(given);
  const { codings, expression } = givenCodes(given, { version: 'version' });
  const coding = codings[0] as GivenCoding;
  const { system, version, code } = coding;
  if (system === undefined)
    throw fhirError(400, 'required', '$lookup takes the system of the code', expression);
  const properties = given.texts('property', 'code');
  const language = given.text('displayLanguage', 'code');
  const scope = spine.terminology.of(request.access, spine.baseUrl);
  const index = await scope.codeSystem(system, version);
  const concept = index?.find(code);
  if (index !== undefined && concept !== undefined) {
    return detailsAnswer(codeDetails(index, concept, properties, language));
  }
  const grammar = index === undefined ? grammarSystem(system) : undefined;
  if (grammar?.has(code)) {
    const display = grammar.display?.(code, language ?? 'en') ?? code;
    return detailsAnswer({ name: grammar.name, display, designation: [], property: [] });
  }
  const isDecided = index?.isComplete === true || grammar?.has(code) === false;
  const remote = isDecided
    ? undefined
    : await scope.remote?.lookup({ system, version, code }, properties, language);
  if (remote !== undefined) return { status: 200, body: jsonBody(remote) };
  const diagnostics = isDecided
    ? `The code ${code} is not known in ${system}`
    : `The code system ${system} is not held here, or not as a whole`;
  throw fhirError(404, 'not-found', diagnostics, expression);
}

function detailsAnswer({ name, version, display, designation, property }: CodeDetails): FhirResponse {
  return parametersAnswer([
    { name: 'name', valueString: name },
    stringParameter('version', version),
    { name: 'display', valueString: display },
    ...designation.map(designationParameter),
    ...property.map(propertyParameter),
  ]);
}

function designationParameter({ language, use, value }: CodeSystemConceptDesignation): ParametersParameter {
  const parts = [
    language === undefined ? undefined : { name: 'language', valueCode: language },
    codingParameter('use', use),
    { name: 'value', valueString: value },
  ];
  return { name: 'designation', part: parts.filter((part) => part !== undefined) };
}

function propertyParameter({ code, description, ...values }: DetailProperty): ParametersParameter {
  const value = Object.entries(values).find(([key]) => key.startsWith('value'));
  const parts: (ParametersParameter | undefined)[] = [
    { name: 'code', valueCode: code },
    value && ({ name: 'value', [value[0]]: value[1] } as ParametersParameter),
    stringParameter('description', description),
  ];
  return { name: 'property', part: parts.filter((part) => part !== undefined) };
}
