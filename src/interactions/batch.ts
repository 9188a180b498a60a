import { FhirError } from '../fhir/error.ts';
import {
  answersOutcome,
  type BundleEntry,
  bundleEntries,
  errorEntry,
  processingOrder,
  responseBundle,
  responseEntry,
} from './bundle-entry.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/** How many entries of one method are under way at once: enough to share commits, few enough to leave room. */
const concurrency = 32;

/**
 * batch: each entry by itself, in the order of the specification; the failure of one leaves the others alone
 * (http.html#transaction).
 */
export async function batch(
  spine: Spine,
  request: FhirRequest,
  handle: (request: FhirRequest) => Promise<FhirResponse>,
): Promise<FhirResponse> {
  const answers: Buffer[][] = [];
  const entries = bundleEntries(request, spine.limits.bundleEntries, (index, error) => {
    answers[index] = errorEntry(error);
  });
  for (const method of processingOrder) {
    const waiting = entries.filter((entry) => entry.request.method === method);
    const worker = async () => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
        answers[entry.index] = await answer(entry, handle);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }
  return responseBundle('batch-response', answers);
}

async function answer(
  { request }: BundleEntry,
  handle: (request: FhirRequest) => Promise<FhirResponse>,
): Promise<Buffer[]> {
  try {
    return responseEntry(await handle(request), answersOutcome(request));
  } catch (error) {
    if (error instanceof FhirError) return errorEntry(error);
    throw error;
  }
}
