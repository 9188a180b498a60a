import { isDeepStrictEqual } from 'node:util';
import type { Patient } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import { newId } from '../../interactions/identifiers.ts';
import { checkWritePreconditions } from '../../interactions/preconditions.ts';
import { conflictError, preparePut } from '../../interactions/preparation.ts';
import type { ConditionalHeaders } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { Change, StoredVersion } from '../../store/contract.ts';
import { readIdentity } from '../identity-extensions.ts';
import type { IdentityPolicy } from '../identity-policy.ts';
import type { InsiPort } from '../insi/port.ts';
import { type Check, checkIdentity, questionOf } from './check.ts';
import type { VerifyInsInput } from './input.ts';
import { checkAuditEvent, verificationResult } from './records.ts';
import { verifiedPatient } from './verified-patient.ts';

/** What verifying an INS takes. */
export interface VerificationParts {
  spine: Spine;
  insi: InsiPort;
  policy: IdentityPolicy;
  /** Name of this software in audit events. */
  software: string;
}

/** A verification of a stored Patient. */
export interface InstanceVerification {
  tenant: string;
  id: string;
  input: VerifyInsInput;
  headers: ConditionalHeaders;
  /** What is written in the same commit as the answer, such as the end of a Task. */
  alongside?(check: Check): Change[];
}

/**
 * Verifies a stored Patient. One commit holds the new version of the Patient and the VerificationResult (both with
 * `apply` and an answer of INSi) and the AuditEvent (always).
 * @throws FhirError 404, 410, 412, 422 before INSi is called; 409 when the record changed during the call
 */
export async function verifyInstance(
  parts: VerificationParts,
  verification: InstanceVerification,
): Promise<Check> {
  const { tenant, id, input, headers } = verification;
  const asked = await currentPatient(parts.spine, tenant, id);
  checkWritePreconditions(headers, asked.version);
  const check = await checkIdentity(parts.insi, parts.policy, asked.patient, input);
  for (let attempt = 0; ; attempt++) {
    const current = await currentPatient(parts.spine, tenant, id);
    checkWritePreconditions(headers, current.version);
    if (!sameQuestion(asked.patient, current.patient, input)) {
      throw fhirError(409, 'conflict', 'The identity changed while INSi was asked; nothing was written');
    }
    const changes = [...changesOf(parts, current, check, input), ...(verification.alongside?.(check) ?? [])];
    const result = await parts.spine.stores.forTenant(tenant).commit(changes);
    if (result.ok) return check;
    const raced = result.conflict.kind === 'version' && changes[result.conflict.change]?.type === 'Patient';
    if (!raced || attempt === 9) throw conflictError(result.conflict);
  }
}

/** Verifies a Patient that is not stored here; the AuditEvent alone is written. */
export async function verifyGiven(
  parts: VerificationParts,
  tenant: string,
  patient: Patient,
  input: VerifyInsInput,
): Promise<Check> {
  const check = await checkIdentity(parts.insi, parts.policy, patient, input);
  const audit = newResource(parts.spine, checkAuditEvent(undefined, check, parts.software));
  const result = await parts.spine.stores.forTenant(tenant).commit([audit]);
  if (!result.ok) throw conflictError(result.conflict);
  return check;
}

/** A stored Patient, as the server alone sees it: nothing is redacted. */
export interface CurrentPatient {
  version: StoredVersion;
  patient: Patient;
}

/** @throws FhirError 404 when the id was never used, 410 when the Patient is deleted */
export async function currentPatient(spine: Spine, tenant: string, id: string): Promise<CurrentPatient> {
  const version = await spine.stores.forTenant(tenant).read('Patient', id);
  if (version === undefined) throw fhirError(404, 'not-found', `Patient/${id} is not known`);
  if (version.deleted) throw fhirError(410, 'deleted', `Patient/${id} is deleted`);
  return { version, patient: parseJson(version.body) as Patient };
}

function changesOf(
  { spine, policy, software }: VerificationParts,
  { version, patient }: CurrentPatient,
  check: Check,
  input: VerifyInsInput,
): Change[] {
  const changes: Change[] = [];
  if (input.apply && check.kind === 'answered') {
    if (check.outcome === 'verified') {
      const checkedOn = check.trace.checkedAt.slice(0, 10);
      const verified = verifiedPatient(patient, check.decided, check.identity, checkedOn, policy);
      const resource = verified as unknown as Resource;
      const put = { resource, id: version.id, current: version, method: 'PUT' as const, now: Date.now() };
      changes.push(preparePut(spine, put).change);
    }
    changes.push(newResource(spine, verificationResult(version.id, check, input, policy)));
  }
  changes.push(newResource(spine, checkAuditEvent(version.id, check, software)));
  return changes;
}

/** The creation of a resource of this server's own making. */
export function newResource(spine: Spine, resource: object): Change {
  const now = Date.now();
  return preparePut(spine, {
    resource: resource as Resource,
    id: newId(now),
    current: undefined,
    method: 'POST',
    now,
  }).change;
}

/** True when both would have INSi asked the same, and stand at the same status. */
function sameQuestion(asked: Patient, current: Patient, input: VerifyInsInput): boolean {
  return (
    isDeepStrictEqual(readIdentity(asked), readIdentity(current)) &&
    isDeepStrictEqual(questionOf(asked, input), questionOf(current, input))
  );
}
