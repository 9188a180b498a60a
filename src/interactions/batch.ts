import { FhirError } from '../fhir/error.ts';
import { withPositions } from '../fhir/locations/positions.ts';
import {
  answersOutcome,
  type BundleEntry,
  bundleEntries,
  errorEntry,
  processingOrder,
  responseBundle,
  responseEntry,
} from './bundle-entry.ts';
import { placed } from './entry-errors.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/** How many entries of one method are under way at once: enough to share commits, few enough to leave room. */
const concurrency = 32;

/** How many issues a batch tells before each further entry tells one alone: a few bytes of a batch may have an issue each. */
const mostIssues = 1_000;

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
  const refused: Refused[] = [];
  const entries = bundleEntries(request, spine.limits.bundleEntries, (index, error) => {
    refused.push({ index, error, inBatch: error });
  });
  for (const method of processingOrder) {
    const waiting = entries.filter((entry) => entry.request.method === method);
    const worker = async () => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
        const { index } = entry;
        const outcome = await answer(entry, handle);
        if (outcome instanceof FhirError)
          refused.push({ index, error: outcome, inBatch: placed(outcome, entry) });
        else answers[index] = outcome;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }
  for (const { index, error } of told(refused, request)) answers[index] = errorEntry(error, request);
  return responseBundle(request, 'batch-response', answers);
}

async function answer(
  { request }: BundleEntry,
  handle: (request: FhirRequest) => Promise<FhirResponse>,
): Promise<Buffer[] | FhirError> {
  try {
    return responseEntry(await handle(request), answersOutcome(request));
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
}

/** An entry that was refused, by its position. */
interface Refused {
  index: number;
  error: FhirError;
  /** The same with expressions from the batch on. */
  inBatch: FhirError;
}

/**
 * The refusals as they are told: with the line and column of their elements in the text of the batch, which is gone
 * through once for all, and with their first issue alone once the batch has many.
 */
function told(refused: Refused[], { source }: FhirRequest): readonly Pick<Refused, 'index' | 'error'>[] {
  let left = mostIssues;
  const kept = refused
    .sort((one, other) => one.index - other.index)
    .map(({ index, error, inBatch }) => {
      const count = Math.max(1, Math.min(left, error.issues.length));
      left -= count;
      return { index, error, issues: error.issues.slice(0, count), inBatch: inBatch.issues.slice(0, count) };
    });
  const inBatch = kept.flatMap((one) => one.inBatch);
  const located = source === undefined ? inBatch : withPositions(inBatch, source, (expression) => expression);
  let next = 0;
  return kept.map(({ index, error: { status, headers }, issues }) => {
    const withPlaces = issues.map((issue) => {
      const position = located[next++]?.position;
      return position === undefined ? issue : { ...issue, position };
    });
    return { index, error: new FhirError(status, withPlaces, headers) };
  });
}
