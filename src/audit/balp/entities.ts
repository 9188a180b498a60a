import type { AuditEventEntity } from 'fhir/r4.d.ts';
import { entityRoles, entityTypes } from './codes.ts';

/** The resource that an action was about. */
export interface AuditedResource {
  type: string;
  id: string;
  /** Absent where no version was reached. */
  version?: number | string;
}

/** The resource of a read or a write. */
export function dataEntity({ type, id, version }: AuditedResource): AuditEventEntity {
  const reference = version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`;
  return { what: { reference }, type: entityTypes.system, role: dataRoles[type] ?? entityRoles.resource };
}

const dataRoles: Readonly<Record<string, (typeof entityRoles)[keyof typeof entityRoles]>> = {
  Task: entityRoles.job,
  DiagnosticReport: entityRoles.report,
  DocumentReference: entityRoles.report,
  Composition: entityRoles.report,
  MeasureReport: entityRoles.report,
};

/** The Patient that an action was about. */
export function patientEntity(id: string): AuditEventEntity {
  return { what: { reference: `Patient/${id}` }, type: entityTypes.person, role: entityRoles.patient };
}

/** @param query the request as it was received, in base64 */
export function queryEntity(query: string): AuditEventEntity {
  return { type: entityTypes.system, role: entityRoles.query, query };
}

/** The value of `X-Request-Id`. */
export function requestIdEntity(value: string): AuditEventEntity {
  return { what: { identifier: { value } }, type: entityTypes.requestId };
}

/** The consent that a decision went by. */
export function consentEntity(id: string): AuditEventEntity {
  return { what: { reference: `Consent/${id}` }, type: entityTypes.consent };
}

/** @param reference the `jti` of a token as URN, or the last 32 characters of an opaque one */
export function tokenEntity(reference: string): AuditEventEntity {
  return { what: { identifier: { value: reference } }, type: entityTypes.token };
}
