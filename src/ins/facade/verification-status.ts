import type { Patient, VerificationResult } from 'fhir/r4.d.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Expression } from '../../search/expression.ts';
import type { ResourceStore } from '../../store/contract.ts';
import { extensionUrls } from '../fr-core.ts';
import { type IdentityRecord, readIdentity } from '../identity-extensions.ts';
import { mayTransmitIns } from '../identity-status.ts';
import { officialIns } from '../ins-identifier.ts';
import { readTraits } from '../patient-traits.ts';
import type { StrictTraits } from '../traits.ts';
import { taskCode } from '../verify-ins/task-resource.ts';

export type FacadeStatus = 'pending' | 'verified' | 'failed' | 'expired';

/** Answer of both routes. */
export interface FacadeAnswer {
  success: boolean;
  status: FacadeStatus;
  ins_number: string | null;
  /** Instant or day of the last verification that succeeded. */
  verified_at: string | null;
  expires_at: string | null;
  message: string;
  identity_traits: FacadeTraits | null;
}

interface FacadeTraits {
  birth_name: string;
  first_names: string;
  birth_date: string;
  gender: 'male' | 'female';
  birth_location: string | null;
}

/** The strict traits in the words of the facade. */
export function facadeTraits({
  birthName,
  givenNames,
  birthDate,
  sex,
  birthPlace,
}: StrictTraits): FacadeTraits {
  return {
    birth_name: birthName,
    first_names: givenNames,
    birth_date: birthDate,
    gender: sex === 'M' ? 'male' : 'female',
    birth_location: birthPlace ?? null,
  };
}

/**
 * Where the verification of a stored Patient stands: waiting for INSi, refused by the last check, due for a new
 * one, or verified. The matricule is given for a qualified identity alone.
 */
export async function verificationStatus(
  store: ResourceStore,
  id: string,
  patient: Patient,
): Promise<FacadeAnswer> {
  const identity = readIdentity(patient);
  const due = patient.extension?.find(({ url }) => url === extensionUrls.insCheckDue)?.valueDate;
  const status = await statusOf(store, id, identity, due);
  const reading = readTraits(patient);
  const disclosed = mayTransmitIns(identity) ? officialIns(patient)?.identifier.value : undefined;
  return {
    success: status === 'verified',
    status,
    ins_number: disclosed ?? null,
    verified_at: identity.dateCollection ?? null,
    expires_at: due ?? null,
    message: messages[status],
    identity_traits: reading.outcome === 'complete' ? facadeTraits(reading.traits) : null,
  };
}

/** One sentence for each status. */
export const messages: Readonly<Record<FacadeStatus, string>> = {
  pending: 'The identity waits for its verification by INSi',
  verified: 'INSi confirmed the identity',
  failed: 'INSi did not confirm the identity',
  expired: 'The verification is too old: a new one is due',
};

async function statusOf(
  store: ResourceStore,
  id: string,
  { status }: IdentityRecord,
  due: string | undefined,
): Promise<FacadeStatus> {
  if (await hasOpenTask(store, id)) return 'pending';
  if ((await lastResult(store, id))?.status === 'val-fail') return 'failed';
  if (status !== 'RECUP' && status !== 'QUAL') return 'pending';
  return due !== undefined && due <= new Date().toISOString().slice(0, 10) ? 'expired' : 'verified';
}

async function hasOpenTask(store: ResourceStore, id: string): Promise<boolean> {
  const status = (code: string): Expression => ({ kind: 'token', parameter: 'status', code });
  const expression: Expression = {
    kind: 'and',
    operands: [
      { kind: 'reference', parameter: 'patient', type: 'Patient', id },
      { kind: 'token', parameter: 'code', ...taskCode },
      { kind: 'or', operands: [status('requested'), status('in-progress')] },
    ],
  };
  return (await store.search({ type: 'Task', expression, sort: [], count: 1 })).matches.length > 0;
}

async function lastResult(store: ResourceStore, id: string): Promise<VerificationResult | undefined> {
  const { matches } = await store.search({
    type: 'VerificationResult',
    expression: { kind: 'reference', parameter: 'target', type: 'Patient', id },
    sort: [{ parameter: '_lastUpdated', family: 'lastUpdated', descending: true }],
    count: 1,
  });
  return matches[0] && (parseJson(matches[0].body) as VerificationResult);
}
