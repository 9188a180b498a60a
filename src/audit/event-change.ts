import type { AuditEvent } from 'fhir/r4.d.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Extractor } from '../search/extract.ts';
import type { PutChange } from '../store/contract.ts';

/**
 * The creation of an event, made as that of any resource.
 * @param lastUpdated milliseconds since 1970 UTC
 */
export function eventChange(
  id: string,
  event: AuditEvent,
  lastUpdated: number,
  extract: Extractor,
): PutChange {
  const { resourceType, meta, ...elements } = event;
  const stamped = { versionId: '1', lastUpdated: new Date(lastUpdated).toISOString(), ...meta };
  const resource = { resourceType, id, meta: stamped, ...elements };
  const index = extract(resource as unknown as Resource);
  return eventCreation({ id, lastUpdated, body: JSON.stringify(resource), index });
}

/** The change that creates an event of this body. */
export function eventCreation(created: Pick<PutChange, 'id' | 'lastUpdated' | 'body' | 'index'>): PutChange {
  return {
    ...created,
    kind: 'put',
    type: 'AuditEvent',
    version: 1,
    expectedVersion: 0,
    method: 'POST',
    restricted: false,
  };
}
