import { fhirError } from '../../fhir/error.ts';
import type { Connection } from './connection.ts';
import { hasUnindexedTexts } from './text-index.ts';
import type { Writer } from './writer.ts';

/**
 * Waits until the texts of all committed versions are indexed, so that a search for words misses none of them.
 * @param patience how long it waits, in milliseconds
 * @throws FhirError 503 `timeout` when there are too many, as after the import of a large database
 */
export async function settleTexts(connection: Connection, writer: Writer, patience: number): Promise<void> {
  const end = Date.now() + patience;
  while (hasUnindexedTexts(connection) && !(await writer.send({ kind: 'indexTexts' }))) {
    if (Date.now() < end) continue;
    throw fhirError(503, 'timeout', 'The texts of new resources are still being indexed', undefined, {
      'Retry-After': '10',
    });
  }
}
