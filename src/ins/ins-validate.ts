import type { Patient } from 'fhir/r4.d.ts';
import { fhirError, type Issue, operationOutcome } from '../fhir/error.ts';
import type { Operation, OperationInvocation } from '../interactions/operation.ts';
import { jsonBody } from '../interactions/presentation.ts';
import type { Spine } from '../interactions/spine.ts';
import type { CoherenceFacts } from './coherence.ts';
import { givenPatient } from './given-patient.ts';
import { isIns } from './ins-identifier.ts';
import { matriculeIssues } from './matricule-issues.ts';
import { readFacts } from './patient-traits.ts';
import { currentPatient } from './verify-ins/verification.ts';

/**
 * `Patient/$ins-validate` and `Patient/[id]/$ins-validate`: format and key of each matricule, and its coherence
 * with the traits, without any call to INSi (profiles/OperationDefinition/Patient-ins-validate.json).
 */
export function insValidateOperation(spine: Spine): Operation {
  return {
    code: 'ins-validate',
    definition: 'https://passerelle.fr/fhir/OperationDefinition/Patient-ins-validate',
    types: ['Patient'],
    levels: { type: true, instance: true },
    affectsState: false,
    resourceParameter: 'patient',
    async run(invocation) {
      const issues = matriculeRemarks(await patientToValidate(spine, invocation));
      const valid = issues.every(({ severity }) => severity !== 'error');
      const parameter = [
        { name: 'result', valueBoolean: valid },
        { name: 'issues', resource: operationOutcome(issues) },
      ];
      return { status: 200, body: jsonBody({ resourceType: 'Parameters', parameter }) };
    },
  };
}

async function patientToValidate(
  spine: Spine,
  { request, id, parameters }: OperationInvocation,
): Promise<Patient> {
  const given = parameters.find(({ name }) => name === 'patient');
  const unknown = parameters.find(({ name }) => name !== 'patient');
  if (unknown !== undefined) {
    throw fhirError(400, 'not-supported', '$ins-validate takes the parameter patient', unknown.expression);
  }
  if (id !== undefined) {
    if (given !== undefined)
      throw fhirError(400, 'invalid', 'patient is given at type level only', given.expression);
    return (await currentPatient(request.access.store, id)).patient;
  }
  return givenPatient(spine, given);
}

function matriculeRemarks(patient: Patient): Issue[] {
  const facts = readFacts(patient);
  const remarks = (patient.identifier ?? []).flatMap((identifier, index) =>
    isIns(identifier) ? remarksOn(identifier.value ?? '', `Patient.identifier[${index}].value`, facts) : [],
  );
  if (remarks.length > 0) return remarks;
  const found = patient.identifier?.some(isIns);
  if (found) {
    return [
      {
        severity: 'information',
        code: 'informational',
        diagnostics: 'The matricule is well formed and coherent',
      },
    ];
  }
  return [error('The Patient carries no matricule INS', 'Patient.identifier', 'required')];
}

function remarksOn(matricule: string, expression: string, facts: CoherenceFacts): Issue[] {
  const { problem, remarks } = matriculeIssues(matricule, facts, expression);
  return [
    ...(problem === undefined ? [] : [error(problem.diagnostics, expression)]),
    ...remarks.map(({ issue }) => issue),
  ];
}

function error(diagnostics: string, expression: string, code: Issue['code'] = 'value'): Issue {
  return { severity: 'error', code, diagnostics, expression };
}
