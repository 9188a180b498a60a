import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import { type CodeValidation, validateInCodeSystem } from '../../terminology/validate-code.ts';
import { givenCodeSystem } from './code-system-input.ts';
import { givenCodes, givenWishes, refuseDate } from './given.ts';
import { validationAnswer, withRemote } from './validation-answer.ts';

const maxima: ParameterMaxima = {
  url: 1,
  codeSystem: 1,
  code: 1,
  version: 1,
  display: 1,
  coding: 1,
  codeableConcept: 1,
  date: 1,
  abstract: 1,
  displayLanguage: 1,
};

/**
 * `CodeSystem/$validate-code` (R4 codesystem-operation-validate-code): whether a code system has a code. What cannot be
 * decided is answered as by the operation of value sets.
 */
export function validateCodeSystemCodeOperation(spine: Spine): Operation {
  return {
    code: 'validate-code',
    definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
    types: ['CodeSystem'],
    levels: { type: true, instance: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('validate-code', invocation.parameters, maxima);
  refuseDate(given);
  const codes = givenCodes(given, { system: 'url', version: 'version' });
  const wishes = givenWishes(given);
  const scope = spine.terminology.of(invocation.request.access, spine.baseUrl);
  const sent = await givenCodeSystem(spine, scope, given, invocation);
  const url = sent?.url ?? given.text('url', 'uri', 'canonical');
  if (url === undefined && codes.codings.every(({ system }) => system === undefined)) {
    throw fhirError(400, 'required', 'The code system is given by url, codeSystem or its address', 'url');
  }
  const validate = async (coding: GivenCoding): Promise<CodeValidation> => {
    const system = url ?? coding.system ?? '';
    if (coding.system !== undefined && coding.system !== system) {
      return { result: false, message: `The coding is of ${coding.system}, not of ${system}` };
    }
    const whole = { ...coding, system };
    const content = await scope.contentOfSystem(system, coding.version);
    if (sent !== undefined) {
      return validateInCodeSystem({ ...content, codeSystem: () => sent.index }, whole, wishes);
    }
    const validation = validateInCodeSystem(content, whole, wishes);
    return withRemote(validation, whole, () => scope.remote?.validateInCodeSystem(whole));
  };
  return validationAnswer(await Promise.all(codes.codings.map(validate)), codes);
}
