import type { Patient } from 'fhir/r4.d.ts';
import { FhirError, fhirError } from '../fhir/error.ts';
import type { OperationParameter } from '../interactions/operation.ts';
import type { Spine } from '../interactions/spine.ts';

/**
 * The Patient that an operation was given as a parameter.
 * @throws FhirError 400 when there is none, 422 when its structure is not that of a Patient
 */
export function givenPatient(spine: Spine, parameter: OperationParameter | undefined): Patient {
  const resource = parameter?.resource;
  if (resource?.resourceType !== 'Patient') {
    const expression = parameter?.expression ?? 'Parameters.parameter';
    throw fhirError(400, 'required', 'At type level the operation takes a patient', expression);
  }
  const errors = spine.validator.validate(resource).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FhirError(422, errors);
  return resource as unknown as Patient;
}
