import type { AuditEvent, Parameters } from 'fhir/r4.d.ts';
import { type ActorAccess, isOfActor } from '../access/access-control.ts';
import { auditEvent, auditSystems, patientEntity } from '../audit/audit-event.ts';
import { fhirError } from '../fhir/error.ts';
import { parseReference } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import { newId } from '../interactions/identifiers.ts';
import type { Operation, OperationInvocation } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import { conflictError, preparePut } from '../interactions/preparation.ts';
import { jsonBody } from '../interactions/presentation.ts';
import type { FhirResponse } from '../interactions/request.ts';
import type { Spine } from '../interactions/spine.ts';

/** Characters of a reason: a few words, not a note about the patient. */
const longestReason = 200;

const actReasons = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/**
 * `$break-glass` on the server: who may do so reaches the record of a patient in an emergency, for a limited time, also
 * where the patient denies it. It takes the patient and a reason, which an AuditEvent keeps; what is done meanwhile is
 * marked in the audit as done for this purpose.
 */
export function breakGlassOperation(spine: Spine): Operation {
  return {
    code: 'break-glass',
    definition: 'https://passerelle.fr/fhir/OperationDefinition/break-glass',
    types: [],
    levels: { system: true, type: false, instance: false },
    affectsState: true,
    run: (invocation) => run(spine, invocation),
  };
}

async function run(spine: Spine, { request, parameters }: OperationInvocation): Promise<FhirResponse> {
  const { access } = request;
  const breakGlass = isOfActor(access) ? access.breakGlass : undefined;
  if (!isOfActor(access) || breakGlass === undefined) {
    throw fhirError(403, 'forbidden', 'The policy lets this role not break the glass');
  }
  const given = new GivenParameters('break-glass', parameters, { patient: 1, reason: 1 });
  const patient = patientOf(spine, given);
  const reason = given.text('reason')?.trim() ?? '';
  if (reason === '' || reason.length > longestReason) {
    const diagnostics = `reason, why the record is needed, is a text of at most ${longestReason} characters`;
    throw fhirError(400, 'required', diagnostics, given.one('reason')?.expression ?? 'reason');
  }
  // The server itself looks: the patient may deny the caller all of the record.
  const store = spine.stores.forTenant(access.tenant);
  const version = await store.read('Patient', patient);
  if (version === undefined || version.deleted) {
    throw fhirError(404, 'not-found', 'There is no such Patient', given.one('patient')?.expression);
  }
  const now = Date.now();
  const resource = event(access, patient, reason, now) as unknown as Resource;
  const put = { resource, id: newId(now), current: undefined, method: 'POST' as const, now };
  const result = await store.commit([preparePut(spine, put).change]);
  if (!result.ok) throw conflictError(result.conflict);
  const end = await breakGlass(patient);
  if (end === undefined) throw fhirError(403, 'forbidden', 'The caller is not known by a subject');
  const body: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
      { name: 'until', valueInstant: new Date(end).toISOString() },
    ],
  };
  return { status: 200, body: jsonBody(body) };
}

/** @throws FhirError 400 when it is not a Reference to a Patient of this server */
function patientOf({ baseUrl }: Spine, given: GivenParameters): string {
  const parameter = given.one('patient');
  const { value, inQuery, expression } = parameter ?? { value: undefined, expression: 'patient' };
  const text = inQuery ? value : (value as { reference?: unknown } | undefined)?.reference;
  const target = typeof text === 'string' ? parseReference(text, [baseUrl]) : undefined;
  if (target?.kind === 'local' && target.type === 'Patient') return target.id;
  throw fhirError(400, 'value', 'patient is a Reference to a Patient of this server', expression);
}

function event({ actor }: ActorAccess, patient: string, reason: string, now: number): AuditEvent {
  const { subject, fhirUser } = actor;
  return auditEvent({
    type: { system: auditSystems.dicom, code: '110113', display: 'Security Alert' },
    subtype: [{ system: auditSystems.dicom, code: '110127', display: 'Emergency Override Started' }],
    action: 'E',
    outcome: '0',
    outcomeDesc: 'break-glass',
    purposeOfEvent: [
      { coding: [{ system: actReasons, code: 'BTG', display: 'break the glass' }], text: reason },
    ],
    agent: [
      {
        who: {
          ...(fhirUser === undefined ? {} : { reference: fhirUser }),
          ...(subject === undefined ? {} : { identifier: { system: subject.issuer, value: subject.value } }),
        },
        requestor: true,
      },
    ],
    entity: [patientEntity(patient)],
    recorded: now,
  });
}
