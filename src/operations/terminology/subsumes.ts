import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import { subsumption } from '../../terminology/subsumes.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import { givenCodeSystem } from './code-system-input.ts';
import { checkVersion, givenCodes } from './given.ts';
import { parametersAnswer } from './parameters-out.ts';

const maxima: ParameterMaxima = { codeA: 1, codeB: 1, system: 1, version: 1, codingA: 1, codingB: 1 };

/** `CodeSystem/$subsumes` (R4 codesystem-operation-subsumes): how two codes stand in the hierarchy of their system. */
export function subsumesOperation(spine: Spine): Operation {
  return {
    code: 'subsumes',
    definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
    types: ['CodeSystem'],
    levels: { type: true, instance: true },
    affectsState: false,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const given = new GivenParameters('subsumes', invocation.parameters, maxima);
  const coded = (letter: 'A' | 'B') =>
    givenCodes(given, { code: `code${letter}`, coding: `coding${letter}`, version: 'version' });
  const [a, b] = [coded('A'), coded('B')];
  const scope = spine.terminology.of(invocation.request.access, spine.baseUrl);
  const instance = await givenCodeSystem(spine, scope, given, invocation);
  const [codingA, codingB] = [a.codings[0] as GivenCoding, b.codings[0] as GivenCoding];
  const systems = new Set([instance?.url, codingA.system, codingB.system].filter((one) => one !== undefined));
  const [system] = systems;
  if (system === undefined)
    throw fhirError(400, 'required', '$subsumes takes the system of the codes', 'system');
  if (systems.size > 1) {
    throw fhirError(422, 'not-supported', 'Codes of different code systems cannot be compared', b.expression);
  }
  const index = instance
    ? instance.index
    : await scope.codeSystem(system, codingA.version ?? codingB.version);
  if (index === undefined) {
    throw fhirError(404, 'not-found', `The code system ${system} is not held here`, 'system');
  }
  for (const { version } of [codingA, codingB]) {
    checkVersion('code system', index.header.version, version, 'version');
  }
  return parametersAnswer([{ name: 'outcome', valueCode: subsumption(index, codingA.code, codingB.code) }]);
}
