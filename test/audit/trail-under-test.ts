import { AuditTrail } from '../../src/audit/audit-trail.ts';
import { newId } from '../../src/interactions/identifiers.ts';
import type { ResourceStores } from '../../src/store/contract.ts';
import { contextOf, doctor, source } from './actors.ts';
import { extractor } from './extractor.ts';

/** A trail over a store, whose failures end the test. */
export function trailOver(stores: ResourceStores): AuditTrail {
  return new AuditTrail({
    stores,
    source,
    extract: extractor,
    revision: () => 1,
    newId,
    onFailure: (error) => {
      throw error;
    },
  });
}

/** Records reads of these Patients, one after the other. */
export async function recordReads(
  stores: ResourceStores,
  patients: readonly string[],
  tenant = 'default',
): Promise<void> {
  const trail = trailOver(stores);
  for (const id of patients) {
    const record = trail.begin(tenant, contextOf(doctor), stores.forTenant(tenant));
    record.end({
      code: 'operation',
      operation: 'test',
      type: 'Patient',
      id,
      status: 200,
      received: () => `GET /Patient/${id}`,
    });
    // Events of several instants.
    await trail.settled();
  }
}
