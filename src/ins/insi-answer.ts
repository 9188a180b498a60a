import type { Binary, VerificationResult } from 'fhir/r4.d.ts';
import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { ResourceStore, ResourceStores } from '../store/contract.ts';
import { extensionUrls } from './fr-core.ts';
import { seal, sealingKey, unseal } from './sealed-text.ts';

/** The SOAP answer of INSi as received (RNIV EXI REC 07), sealed: the API shows ciphertext. */
export function answerBinary(patientId: string, rawAnswer: string, key: Buffer): Binary {
  const patient = `Patient/${patientId}`;
  return {
    resourceType: 'Binary',
    contentType: 'application/octet-stream',
    securityContext: { reference: patient },
    data: seal(rawAnswer, key, patient),
  };
}

/**
 * The SOAP answer behind a VerificationResult, for the identity cell: it holds a matricule and traits.
 * @throws FhirError 404 when there is no such VerificationResult or its answer is not kept; Error when the answer
 *   was altered or sealed by another installation
 */
export async function readInsiAnswer(
  stores: ResourceStores,
  tenant: string,
  verificationResultId: string,
): Promise<string> {
  const store = stores.forTenant(tenant);
  const result = await read<VerificationResult>(store, 'VerificationResult', verificationResultId);
  const reference = result.extension?.find(({ url }) => url === extensionUrls.insiAnswer)?.valueReference;
  const binaryId = reference?.reference?.replace('Binary/', '') ?? '';
  const { data = '' } = await read<Binary>(store, 'Binary', binaryId);
  return unseal(data, await sealingKey(stores), result.target?.[0]?.reference ?? '');
}

async function read<T>(store: ResourceStore, type: string, id: string): Promise<T> {
  const version = await store.read(type, id);
  if (version === undefined || version.deleted) {
    throw fhirError(404, 'not-found', `There is no such ${type}`);
  }
  return parseJson(version.body) as T;
}
