import type { IncomingMessage } from 'node:http';
import { fhirError } from '../fhir/error.ts';

/**
 * Reads a request body whole.
 * @param limit largest length in bytes
 * @throws FhirError 413 beyond the limit, 415 on a compressed body, 400 when the caller breaks off
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(
      fhirError(415, 'not-supported', 'The body must not be compressed', 'http.content-encoding'),
    );
  }
  const tooLong = () => fhirError(413, 'too-long', `The body is longer than ${limit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLong());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.removeAllListeners('data');
        reject(tooLong());
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', () => reject(fhirError(400, 'incomplete', 'The body broke off')));
  });
}
