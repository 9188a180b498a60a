import express, { type Response, Router } from 'express';
import type { Patient } from 'fhir/r4.d.ts';
import { FhirError, fhirError } from '../../fhir/error.ts';
import { insOids } from '../../fhir/ins-oids.ts';
import type { Access } from '../../interactions/access.ts';
import { perMinute } from '../../routes/limits.ts';
import { refusing } from '../../routes/refusing.ts';
import { compareTraits } from '../comparison.ts';
import { officialIns, oidOfSystem } from '../ins-identifier.ts';
import type { GivenIns } from '../insi/port.ts';
import { matriculeRefusal, readMatricule } from '../matricule.ts';
import { readTraits } from '../patient-traits.ts';
import type { Check } from '../verify-ins/check.ts';
import type { VerifyInsInput } from '../verify-ins/input.ts';
import { answerIssue, failureError, isTransient } from '../verify-ins/outcome.ts';
import type { VerificationTasks } from '../verify-ins/tasks.ts';
import { currentPatient, type VerificationParts, verifyInstance } from '../verify-ins/verification.ts';
import { readVerifyBody, type VerifyBody } from './schema.ts';
import { type FacadeAnswer, facadeTraits, messages, verificationStatus } from './verification-status.ts';

/**
 * `POST /verify` (10 a minute) and `GET /patient/:id` (30 a minute): the verification of an INS for callers that
 * do not speak FHIR, over the same code as `$verify-ins`. What the caller reaches is in `response.locals.access`.
 */
export function facadeRoutes(parts: VerificationParts, tasks: VerificationTasks): Router {
  const { expiring } = parts.spine.stores;
  const router = Router();
  router.post(
    '/verify',
    perMinute(expiring, 'ins-verify', 10),
    express.json({ limit: '16kb' }),
    refusing(async (request, response) => {
      const body = readVerifyBody(request.body);
      const answer = await verify(parts, tasks, accessOf(response), body);
      response.status(answer.status === 'pending' ? 202 : 200).json(answer);
    }),
  );
  router.get(
    '/patient/:id',
    perMinute(expiring, 'ins-patient', 30),
    refusing(async (request, response) => {
      const id = String(request.params['id']);
      const { tenant, store, rights } = accessOf(response);
      rights?.check('r', 'Patient', true);
      const { patient } = await currentPatient(store, id);
      response.json(await verificationStatus(parts.spine.stores.forTenant(tenant), id, patient));
    }),
  );
  return router;
}

function accessOf({ locals }: Response): Access {
  return locals['access'] as Access;
}

async function verify(
  parts: VerificationParts,
  tasks: VerificationTasks,
  access: Access,
  body: VerifyBody,
): Promise<FacadeAnswer> {
  const id = body.patient_id;
  const { tenant, store, rights } = access;
  rights?.check('u', 'Patient', true);
  const { patient } = await currentPatient(store, id);
  const input: VerifyInsInput = { mode: 'verify', apply: true, ins: givenIns(body.ins_number, patient) };
  checkAgainstRecord(patient, body);
  const check = await verifyInstance(parts, { tenant, id, input, headers: {} });
  if (check.kind === 'answered') return answerOf(check, body);
  if (!isTransient(check.failure)) throw failureError(check.failure, check.trace);
  await tasks.accept(access, id, input);
  return { ...unanswered, status: 'pending', message: messages.pending };
}

const unanswered = {
  success: false,
  ins_number: null,
  verified_at: null,
  expires_at: null,
  identity_traits: null,
};

/**
 * The INS of a bare number: of the authority that the record has for it, else a NIR.
 * @throws FhirError 422 when the number is not a matricule INS
 */
function givenIns(text: string, patient: Patient): GivenIns {
  const reading = readMatricule(text);
  if (reading.outcome !== 'valid') throw fhirError(422, 'value', matriculeRefusal(reading), 'ins_number');
  const { number } = reading.matricule;
  const recorded = officialIns(patient)?.identifier;
  const isRecorded = recorded?.value?.startsWith(number);
  return { number, oid: (isRecorded && oidOfSystem(recorded?.system ?? '')) || insOids['INS-NIR'] };
}

/** @throws FhirError 422 when the traits given are not those of the record */
function checkAgainstRecord(patient: Patient, body: VerifyBody): void {
  const reading = readTraits(patient);
  if (reading.outcome === 'incomplete') throw new FhirError(422, reading.issues);
  const { traits } = reading;
  const given = {
    birthName: body.birth_name,
    givenNames: body.first_names,
    birthDate: body.birth_date,
    sex: traits.sex,
    ...(body.birth_location === undefined ? {} : { birthPlace: body.birth_location }),
  };
  const [difference] = compareTraits(traits, given).filter(({ severity }) => severity === 'major');
  if (difference !== undefined) {
    throw fhirError(422, 'conflict', 'A trait differs from the record of this patient', difference.trait);
  }
}

function answerOf(check: Check & { kind: 'answered' }, body: VerifyBody): FacadeAnswer {
  const { outcome, trace, traits, due = null } = check;
  if (outcome !== 'verified') {
    return { ...unanswered, status: 'failed', message: answerIssue(outcome).diagnostics };
  }
  return {
    success: true,
    status: 'verified',
    ins_number: body.ins_number,
    verified_at: trace.checkedAt,
    expires_at: due,
    message: messages.verified,
    identity_traits: facadeTraits(traits),
  };
}
