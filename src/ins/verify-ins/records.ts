import type { AuditEvent, AuditEventAgent, VerificationResult } from 'fhir/r4.d.ts';
import { type AuditOutcome, auditEvent, auditSystems, patientEntity } from '../../audit/audit-event.ts';
import { codeSystems, extensionUrls } from '../fr-core.ts';
import type { InsiSoftware } from '../insi/settings.ts';
import type { Check } from './check.ts';
import type { VerifyInsInput } from './input.ts';
import type { AnswerCode } from './outcome.ts';

/**
 * The record of a check that INSi answered: one VerificationResult a check, so that the history of checks is a
 * search on `target`. It holds no matricule and no trait.
 * @param answerId id of the Binary with the sealed answer
 */
export function verificationResult(
  patientId: string,
  check: Check & { kind: 'answered' },
  input: VerifyInsInput,
  answerId: string,
): VerificationResult {
  const { trace, outcome, due } = check;
  const { status, validation } = meaningOf(outcome);
  return {
    resourceType: 'VerificationResult',
    extension: [{ url: extensionUrls.insiAnswer, valueReference: { reference: `Binary/${answerId}` } }],
    target: [{ reference: `Patient/${patientId}` }],
    targetLocation: ['Patient.identifier'],
    need: concept('http://terminology.hl7.org/CodeSystem/need', 'periodic'),
    status,
    statusDate: trace.checkedAt,
    validationType: concept('http://terminology.hl7.org/CodeSystem/validation-type', 'primary'),
    validationProcess: [
      {
        coding: [
          { system: codeSystems.insiOperation, code: trace.operation },
          { system: codeSystems.verifyInsOutcome, code: outcome },
        ],
        text: `${input.mode}: ${check.previous.status} to ${check.decided.status}`,
      },
    ],
    lastPerformed: trace.checkedAt,
    ...(due === undefined ? {} : { nextScheduled: due }),
    primarySource: [
      {
        who: { display: trace.source },
        type: [concept('http://terminology.hl7.org/CodeSystem/primary-source-type', 'auth-source')],
        communicationMethod: [
          concept('http://terminology.hl7.org/CodeSystem/verificationresult-communication-method', 'pull'),
        ],
        validationStatus: concept('http://terminology.hl7.org/CodeSystem/validation-status', validation),
        validationDate: trace.checkedAt,
      },
    ],
  };
}

function meaningOf(outcome: AnswerCode): { status: VerificationResult['status']; validation: string } {
  switch (outcome) {
    case 'verified':
      return { status: 'validated', validation: 'successful' };
    case 'unknown-code':
      return { status: 'req-revalid', validation: 'unknown' };
    default:
      return { status: 'val-fail', validation: 'failed' };
  }
}

/** The trace of a call to INSi, answered or not; `patientId` is absent for a person given at type level. */
export function checkAuditEvent(
  patientId: string | undefined,
  check: Check,
  input: VerifyInsInput,
  software: InsiSoftware,
): AuditEvent {
  const { trace, previous } = check;
  const code = check.kind === 'answered' ? check.outcome : check.failure.outcome;
  const next = check.kind === 'answered' ? check.decided.status : previous.status;
  const details = {
    messageId: trace.messageIds.join(' '),
    insiCode: trace.insiCode,
    insiFault: trace.insiFault,
    environment: trace.source,
    contract: trace.contract,
    mode: input.mode,
    apply: String(input.apply),
    evidence: input.evidence,
    previousStatus: previous.status,
    identityStatus: next,
  };
  return auditEvent({
    type: { system: auditSystems.dicom, code: '110112', display: 'Query' },
    subtype: [
      { system: codeSystems.operation, code: 'verify-ins' },
      { system: codeSystems.insiOperation, code: trace.operation },
    ],
    action: 'E',
    outcome: auditOutcome(check),
    outcomeDesc: code,
    recorded: Date.parse(trace.checkedAt),
    ...(input.reason === undefined ? {} : { purposeOfEvent: [{ coding: [input.reason] }] }),
    agent: [softwareAgent(software)],
    entity: [
      {
        ...(patientId === undefined ? {} : patientEntity(patientId)),
        detail: Object.entries(details).flatMap(([type, value]) =>
          value === undefined || value === '' ? [] : [{ type, valueString: value }],
        ),
      },
    ],
  });
}

/** The software as INSi knows it: the instance, and the authorisation number (IDAM) beside it. */
function softwareAgent({ product, version, instance, authorisationNumber }: InsiSoftware): AuditEventAgent {
  return {
    type: { coding: [{ system: auditSystems.dicom, code: '110150', display: 'Application' }] },
    who: {
      identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${instance}` },
      display: `${product} ${version}`,
    },
    altId: authorisationNumber,
    requestor: true,
  };
}

function auditOutcome(check: Check): AuditOutcome {
  if (check.kind === 'answered') return check.outcome === 'verified' ? '0' : '4';
  return check.failure.outcome === 'misconfigured' ? '12' : '8';
}

function concept(system: string, code: string) {
  return { coding: [{ system, code }] };
}
