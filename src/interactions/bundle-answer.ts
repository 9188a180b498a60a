import { fhirError } from '../fhir/error.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

type Handle = (request: FhirRequest) => Promise<FhirResponse>;

/**
 * Runs the entries of one bundle until their answers together are as long as those of a bundle may be: a short bundle
 * may ask for the longest answers many times.
 * @param most bytes
 * @returns a function that throws FhirError 413 for the entries beyond, which are not run
 */
export function withinAnswer(handle: Handle, most: number): Handle {
  let left = most;
  return async (request) => {
    if (left <= 0) {
      const diagnostics = `The answers to a bundle may take ${most} bytes together: send it in several`;
      throw fhirError(413, 'too-long', diagnostics);
    }
    const answer = await handle(request);
    left -= answer.body?.length ?? 0;
    return answer;
  };
}
