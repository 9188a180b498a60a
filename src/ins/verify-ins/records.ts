import type { AuditEvent, VerificationResult } from 'fhir/r4.d.ts';
import { type AuditOutcome, auditEvent, auditSystems, patientEntity } from '../../audit/audit-event.ts';
import { type IdentityPolicy, nextVerificationDate } from '../identity-policy.ts';
import type { Check } from './check.ts';
import type { VerifyInsInput } from './input.ts';

const operationSystem = 'https://passerelle.fr/fhir/CodeSystem/insi-operation';

/**
 * The record of a check that INSi answered: one VerificationResult a check, so that the history of checks is a
 * search on `target`. It holds no matricule and no trait.
 */
export function verificationResult(
  patientId: string,
  check: Check & { kind: 'answered' },
  input: VerifyInsInput,
  policy: IdentityPolicy,
): VerificationResult {
  const { trace, outcome } = check;
  const verified = outcome === 'verified';
  return {
    resourceType: 'VerificationResult',
    target: [{ reference: `Patient/${patientId}` }],
    targetLocation: ['Patient.identifier'],
    need: concept('http://terminology.hl7.org/CodeSystem/need', 'periodic'),
    status: verified ? 'validated' : 'val-fail',
    statusDate: trace.checkedAt,
    validationType: concept('http://terminology.hl7.org/CodeSystem/validation-type', 'primary'),
    validationProcess: [
      {
        coding: [
          { system: operationSystem, code: trace.operation },
          { system: 'https://passerelle.fr/fhir/CodeSystem/verify-ins-outcome', code: outcome },
        ],
        text: `${input.mode}: ${check.previous.status} to ${check.decided.status}`,
      },
    ],
    lastPerformed: trace.checkedAt,
    ...(verified ? { nextScheduled: nextVerificationDate(trace.checkedAt.slice(0, 10), policy) } : {}),
    primarySource: [
      {
        who: { display: trace.source },
        type: [concept('http://terminology.hl7.org/CodeSystem/primary-source-type', 'auth-source')],
        communicationMethod: [
          concept('http://terminology.hl7.org/CodeSystem/verificationresult-communication-method', 'pull'),
        ],
        validationStatus: concept(
          'http://terminology.hl7.org/CodeSystem/validation-status',
          verified ? 'successful' : 'failed',
        ),
        validationDate: trace.checkedAt,
      },
    ],
  };
}

/** The trace of a call to INSi, answered or not; `patientId` is absent for a person given at type level. */
export function checkAuditEvent(patientId: string | undefined, check: Check, software: string): AuditEvent {
  const { trace, previous } = check;
  const code = check.kind === 'answered' ? check.outcome : check.failure.outcome;
  const next = check.kind === 'answered' ? check.decided.status : previous.status;
  const details = {
    messageId: trace.messageIds.join(' '),
    insiCode: trace.insiCode,
    insiFault: trace.insiFault,
    environment: trace.source,
    previousStatus: previous.status,
    identityStatus: next,
  };
  return auditEvent({
    type: { system: auditSystems.dicom, code: '110112', display: 'Query' },
    subtype: [
      { system: 'https://passerelle.fr/fhir/CodeSystem/operation', code: 'verify-ins' },
      { system: operationSystem, code: trace.operation },
    ],
    action: 'E',
    outcome: auditOutcome(check),
    outcomeDesc: code,
    recorded: Date.parse(trace.checkedAt),
    agent: [
      {
        type: { coding: [{ system: auditSystems.dicom, code: '110150', display: 'Application' }] },
        who: { display: software },
        requestor: true,
      },
    ],
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

function auditOutcome(check: Check): AuditOutcome {
  if (check.kind === 'answered') return check.outcome === 'verified' ? '0' : '4';
  return check.failure.outcome === 'misconfigured' ? '12' : '8';
}

function concept(system: string, code: string) {
  return { coding: [{ system, code }] };
}
