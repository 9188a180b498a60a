import type { ValueSet } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { TerminologyScope } from '../../interactions/terminology/service.ts';
import { ValueSetCompiler } from '../../terminology/compiled-value-set.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import {
  type CodeValidation,
  type ValidationWishes,
  validateInValueSet,
} from '../../terminology/validate-code.ts';
import { type GivenCodes, givenCodes, givenWishes, refuseDate } from './given.ts';
import { validationAnswer, withRemote } from './validation-answer.ts';
import { givenValueSet, nameOf } from './value-set-input.ts';

const maxima: ParameterMaxima = {
  url: 1,
  context: 1,
  valueSet: 1,
  valueSetVersion: 1,
  code: 1,
  system: 1,
  systemVersion: 1,
  version: 1,
  display: 1,
  coding: 1,
  codeableConcept: 1,
  date: 1,
  abstract: 1,
  displayLanguage: 1,
};

/**
 * `ValueSet/$validate-code` (R4 valueset-operation-validate-code): whether a code is in a value set. Where that cannot
 * be decided, neither here nor by the other terminology server, the answer is no result but an OperationOutcome.
 */
export function validateValueSetCodeOperation(spine: Spine): Operation {
  return {
    code: 'validate-code',
    definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
    types: ['ValueSet'],
    levels: { type: true, instance: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('validate-code', invocation.parameters, maxima);
  refuseDate(given);
  // The version of a code system has another name in this operation than in its sister, which clients mix up.
  const version = given.one('systemVersion') === undefined ? 'version' : 'systemVersion';
  const codes = givenCodes(given, { version });
  const wishes = givenWishes(given);
  const scope = spine.terminology.of(invocation.request.access, spine.baseUrl);
  const found = await givenValueSet(spine, scope, given, invocation);
  const validations =
    'unknown' in found
      ? await unknownValueSet(scope, found.unknown, codes)
      : await heldValueSet(scope, found.held, codes, wishes);
  return validationAnswer(validations, codes);
}

async function heldValueSet(
  scope: TerminologyScope,
  valueSet: ValueSet,
  { codings }: GivenCodes,
  wishes: ValidationWishes,
): Promise<CodeValidation[]> {
  const content = await scope.contentFor(valueSet);
  const selection = new ValueSetCompiler(content).of(valueSet);
  const withSystem = (coding: GivenCoding): GivenCoding => {
    if (coding.system !== undefined) return coding;
    const systems = selection.systems.filter(
      ({ system, version }) => content.codeSystem(system, version)?.find(coding.code) !== undefined,
    );
    const [one] = new Set(systems.map(({ system }) => system));
    return one === undefined || selection.has({ ...coding, system: one }) !== true
      ? coding
      : { ...coding, system: one };
  };
  return Promise.all(
    codings.map(async (coding) => {
      const whole = withSystem(coding);
      const validation = validateInValueSet(content, selection, whole, nameOf(valueSet), wishes);
      return withRemote(validation, coding, () => scope.remote?.validateInValueSet(valueSet, coding));
    }),
  );
}

async function unknownValueSet(
  scope: TerminologyScope,
  canonical: string,
  { codings }: GivenCodes,
): Promise<CodeValidation[]> {
  const unknown = { result: undefined, message: 'The value set is not known here' };
  const validations = await Promise.all(
    codings.map((coding) =>
      withRemote(unknown, coding, () => scope.remote?.validateInValueSet(canonical, coding)),
    ),
  );
  if (validations.every(({ result }) => result === undefined)) {
    throw fhirError(404, 'not-found', unknown.message, 'url');
  }
  return validations;
}
