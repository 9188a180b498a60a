import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { fhirError } from '../fhir/error.ts';
import { acceptedCodings, decompression } from './compression.ts';

/**
 * Reads a request body whole, decompressed where it has a content coding.
 * @param limit largest length in bytes, before and after decompression
 * @throws FhirError 413 beyond the limit, 415 on an unknown content coding, 400 on data that its coding does not
 *   allow or when the caller breaks off
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const coding = request.headers['content-encoding'];
  let decoder: Transform | undefined;
  if (coding !== undefined && coding !== 'identity') {
    decoder = decompression(coding);
    if (decoder === undefined) {
      const diagnostics = `The content coding of the body must be one of ${acceptedCodings}`;
      throw fhirError(415, 'not-supported', diagnostics, 'http.content-encoding', {
        'Accept-Encoding': acceptedCodings,
      });
    }
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLong(limit);
  return decoder === undefined ? readAll(request, limit) : readDecoded(request, decoder, limit);
}

async function readDecoded(request: IncomingMessage, decoder: Transform, limit: number): Promise<Buffer> {
  const broken = new Promise<never>((_, reject) => request.on('error', () => reject(brokeOff())));
  decoder.on('error', () => {});
  try {
    return await Promise.race([readAll(request.pipe(decoder), limit), broken]);
  } finally {
    request.unpipe(decoder);
    decoder.destroy();
  }
}

function readAll(source: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    source.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        source.removeAllListeners('data');
        reject(tooLong(limit));
      } else {
        chunks.push(chunk);
      }
    });
    source.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    source.on('error', (error: NodeJS.ErrnoException) => {
      const isOfCoding = /^(?:Z_|ERR__)/.test(error.code ?? '');
      reject(isOfCoding ? malformed() : brokeOff());
    });
  });
}

function tooLong(limit: number) {
  return fhirError(413, 'too-long', `The body is longer than ${limit} bytes`);
}

function brokeOff() {
  return fhirError(400, 'incomplete', 'The body broke off');
}

function malformed() {
  const diagnostics = 'The body is not in the content coding that its Content-Encoding names';
  return fhirError(400, 'structure', diagnostics, 'http.content-encoding');
}
