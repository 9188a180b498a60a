import { type FhirError, fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { checkWritePreconditions, preferences } from '../../interactions/preconditions.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import { givenPatient } from '../given-patient.ts';
import { answerParameters } from './answer.ts';
import { type Check, questionOf } from './check.ts';
import { readInput } from './input.ts';
import { failureError } from './outcome.ts';
import type { VerificationTasks } from './tasks.ts';
import { currentPatient, type VerificationParts, verifyGiven, verifyInstance } from './verification.ts';

/**
 * `Patient/$verify-ins` and `Patient/[id]/$verify-ins`: profiles/OperationDefinition/Patient-verify-ins.json.
 * With `Prefer: respond-async` an instance is verified by a Task, which waits for INSi as long as it takes.
 */
export function verifyInsOperation(parts: VerificationParts, tasks: VerificationTasks): Operation {
  return {
    code: 'verify-ins',
    definition: 'https://passerelle.fr/fhir/OperationDefinition/Patient-verify-ins',
    types: ['Patient'],
    levels: { type: true, instance: true },
    affectsState: true,
    // With `apply` it changes the Patient: see `run`.
    action: 'r',
    resourceParameter: 'patient',
    run: (invocation) => run(parts, tasks, invocation),
  };
}

async function run(
  parts: VerificationParts,
  tasks: VerificationTasks,
  { request, id, parameters }: OperationInvocation,
): Promise<FhirResponse> {
  const input = readInput(parameters);
  const { access, headers } = request;
  const { tenant } = access;
  if (id === undefined) {
    if (input.apply) throw appliesToStoredOnly();
    return answer(await verifyGiven(parts, tenant, givenPatient(parts.spine, input.patient), input));
  }
  if (input.patient !== undefined) {
    throw fhirError(400, 'invalid', 'patient is given at type level only', 'Parameters.parameter');
  }
  if (input.apply) access.rights?.check('u', 'Patient', true);
  // The server itself verifies and writes; whom it is asked about is for the caller to see.
  const { patient, version } = await currentPatient(access.store, id);
  if (!preferences(headers.prefer).respondAsync) {
    return answer(await verifyInstance(parts, { tenant, id, input, headers }));
  }
  checkWritePreconditions(headers, version);
  questionOf(patient, input, parts.policy);
  return tasks.accept(access, id, input);
}

function appliesToStoredOnly(): FhirError {
  const diagnostics = 'apply needs a stored Patient: call Patient/[id]/$verify-ins';
  return fhirError(422, 'business-rule', diagnostics, 'Parameters.parameter');
}

function answer(check: Check): FhirResponse {
  if (check.kind === 'failed') throw failureError(check.failure, check.trace);
  return { status: 200, body: jsonBody(answerParameters(check)) };
}
