import { fhirError } from '../../fhir/error.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import { isNameOf } from '../../terminology/designations.ts';
import type { RemoteValidation } from '../../terminology/remote/remote-terminology.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import type { CodeValidation } from '../../terminology/validate-code.ts';
import type { GivenCodes } from './given.ts';
import { parametersAnswer, stringParameter } from './parameters-out.ts';

/** A validation, or where it decided nothing that of another server. The display, which is not sent, is checked here. */
export async function withRemote(
  validation: CodeValidation,
  { code, display }: GivenCoding,
  ask: () => Promise<RemoteValidation | undefined> | undefined,
): Promise<CodeValidation> {
  if (validation.result !== undefined) return validation;
  const remote = await ask();
  if (remote === undefined) return validation;
  const isWrongName =
    remote.result && display !== undefined && remote.display !== undefined && !isNameOf(remote, display);
  return isWrongName
    ? {
        ...remote,
        result: false,
        message: `The display is none of the code ${code}, which is "${remote.display}"`,
      }
    : remote;
}

/**
 * The answer of both operations: true when one of the codes is valid.
 * @throws FhirError 422 when none is and it cannot be decided of all of them
 */
export function validationAnswer(
  validations: readonly CodeValidation[],
  { expression }: GivenCodes,
): FhirResponse {
  const valid = validations.find(({ result }) => result === true);
  const undecided = validations.find(({ result }) => result === undefined);
  if (valid === undefined && undecided !== undefined) {
    throw fhirError(422, 'not-supported', undecided.message ?? 'It cannot be decided here', expression);
  }
  const messages = (valid === undefined ? validations : [valid]).flatMap(({ message }) => message ?? []);
  const shown = valid ?? validations.find(({ display }) => display !== undefined);
  return parametersAnswer([
    { name: 'result', valueBoolean: valid !== undefined },
    stringParameter('message', messages.length === 0 ? undefined : messages.join('; ')),
    stringParameter('display', shown?.display),
  ]);
}
