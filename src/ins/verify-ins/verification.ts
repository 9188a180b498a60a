import { isDeepStrictEqual } from 'node:util';
import type { Patient } from 'fhir/r4.d.ts';
import { FhirError, fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import { newId } from '../../interactions/identifiers.ts';
import { checkWritePreconditions } from '../../interactions/preconditions.ts';
import { conflictError, preparePut } from '../../interactions/preparation.ts';
import type { ConditionalHeaders } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { Change, ResourceStore, StoredVersion } from '../../store/contract.ts';
import type { IdentityPolicy } from '../identity-policy.ts';
import type { InsiPort } from '../insi/port.ts';
import type { InsiSoftware } from '../insi/settings.ts';
import { answerBinary } from '../insi-answer.ts';
import { sealingKey } from '../sealed-text.ts';
import { type Check, checkIdentity, type Question, questionOf } from './check.ts';
import type { VerifyInsInput } from './input.ts';
import { checkAuditEvent, verificationResult } from './records.ts';
import { verifiedPatient } from './verified-patient.ts';

/** What verifying an INS takes. */
export interface VerificationParts {
  spine: Spine;
  insi: InsiPort;
  policy: IdentityPolicy;
  /** This software, as audit events name it. */
  software: InsiSoftware;
  /** Told of what the log must explain and the caller must not see. */
  onFailure(error: unknown): void;
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
 * Verifies a stored Patient. One commit holds the new version of the Patient, the VerificationResult and the sealed
 * answer (all three with `apply` and an answer of INSi), and the AuditEvent, which every call to INSi leaves.
 * @throws FhirError 404, 410, 412, 422 before INSi is called; 409 or 412 when the record changed during the call
 */
export async function verifyInstance(
  parts: VerificationParts,
  verification: InstanceVerification,
): Promise<Check> {
  const { tenant, id, input, headers } = verification;
  const asked = await currentPatient(parts.spine.stores.forTenant(tenant), id);
  checkWritePreconditions(headers, asked.version);
  const question = questionOf(asked.patient, input, parts.policy);
  const check = await askInsi(parts, question, input);
  const audit = () => auditChanges(parts, id, check, input);
  if (check.kind === 'failed') {
    await commit(parts, tenant, [...audit(), ...(verification.alongside?.(check) ?? [])]);
    return check;
  }
  try {
    await record(parts, verification, question, check);
  } catch (error) {
    // INSi was asked, whatever came of its answer.
    if (error instanceof FhirError) await commit(parts, tenant, audit());
    throw error;
  }
  return check;
}

/** Verifies a Patient that is not stored here; the AuditEvent alone is written. */
export async function verifyGiven(
  parts: VerificationParts,
  tenant: string,
  patient: Patient,
  input: VerifyInsInput,
): Promise<Check> {
  const check = await askInsi(parts, questionOf(patient, input, parts.policy), input);
  await commit(parts, tenant, auditChanges(parts, undefined, check, input));
  return check;
}

async function askInsi(parts: VerificationParts, question: Question, input: VerifyInsInput): Promise<Check> {
  const check = await checkIdentity(parts.insi, parts.policy, question, input);
  if (check.kind === 'failed' && check.failure.outcome === 'misconfigured') {
    parts.onFailure(new Error(`INSi refuses this installation: ${check.failure.reason}`));
  }
  return check;
}

/** Commits what an answer of INSi changes, on the version of the Patient that is current now. */
async function record(
  parts: VerificationParts,
  { tenant, id, input, headers, alongside }: InstanceVerification,
  question: Question,
  check: Check & { kind: 'answered' },
): Promise<void> {
  const key = await sealingKey(parts.spine.stores);
  for (let attempt = 0; ; attempt++) {
    const current = await currentPatient(parts.spine.stores.forTenant(tenant), id);
    checkWritePreconditions(headers, current.version);
    if (!isDeepStrictEqual(question, questionOf(current.patient, input, parts.policy))) {
      throw fhirError(409, 'conflict', 'The identity changed while INSi was asked; nothing was written');
    }
    const changes = [
      ...(input.apply ? appliedChanges(parts, current, check, input, key) : []),
      ...auditChanges(parts, id, check, input),
      ...(alongside?.(check) ?? []),
    ];
    const result = await parts.spine.stores.forTenant(tenant).commit(changes);
    if (result.ok) return;
    const raced = result.conflict.kind === 'version' && changes[result.conflict.change]?.type === 'Patient';
    if (!raced || attempt === 9) throw conflictError(result.conflict);
  }
}

async function commit(
  { spine }: VerificationParts,
  tenant: string,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const result = await spine.stores.forTenant(tenant).commit(changes);
  if (!result.ok) throw conflictError(result.conflict);
}

/** A stored Patient, as the server alone sees it: nothing is redacted. */
export interface CurrentPatient {
  version: StoredVersion;
  patient: Patient;
}

/** @throws FhirError 404 when the id was never used, 410 when the Patient is deleted */
export async function currentPatient(store: ResourceStore, id: string): Promise<CurrentPatient> {
  const version = await store.read('Patient', id);
  if (version === undefined) throw fhirError(404, 'not-found', `Patient/${id} is not known`);
  if (version.deleted) throw fhirError(410, 'deleted', `Patient/${id} is deleted`);
  return { version, patient: parseJson(version.body) as Patient };
}

function appliedChanges(
  { spine, policy }: VerificationParts,
  { version, patient }: CurrentPatient,
  check: Check & { kind: 'answered' },
  input: VerifyInsInput,
  key: Buffer,
): Change[] {
  const answer = newResource(spine, answerBinary(version.id, check.rawAnswer, key));
  const result = newResource(spine, verificationResult(version.id, check, input, answer.id));
  if (check.outcome !== 'verified') return [answer, result];
  const resource = verifiedPatient(patient, check, policy) as unknown as Resource;
  const put = { resource, id: version.id, current: version, method: 'PUT' as const, now: Date.now() };
  return [preparePut(spine, put).change, answer, result];
}

/** The AuditEvent of a check that sent a message to INSi; none when nothing left the server. */
function auditChanges(
  { spine, software }: VerificationParts,
  patientId: string | undefined,
  check: Check,
  input: VerifyInsInput,
): Change[] {
  if (check.trace.messageIds.length === 0) return [];
  return [newResource(spine, checkAuditEvent(patientId, check, input, software))];
}

/** The creation of a resource of this server's own making. */
function newResource(spine: Spine, resource: object): Change {
  const now = Date.now();
  return preparePut(spine, {
    resource: resource as Resource,
    id: newId(now),
    current: undefined,
    method: 'POST',
    now,
  }).change;
}
