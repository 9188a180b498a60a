import type { Change, ResourceStore } from '../store/contract.ts';
import type { RestKind } from './balp/rest-event.ts';
import type { Accessed } from './event-maker.ts';
import { patientsOf, patientsOfText } from './patients.ts';

/**
 * What changes are to be recorded as, one event for each of the Patients that a resource is about. Events that are
 * among the changes are left alone, and so is what is erased: the erasure has an event of its own.
 * @param store where the resources are read that are to be deleted
 */
export async function writeEvents(changes: readonly Change[], store: ResourceStore): Promise<Accessed[]> {
  const accesses: Accessed[] = [];
  for (const change of changes) {
    if (change.type === 'AuditEvent' || change.kind === 'purge') continue;
    const { type, id, version } = change;
    const resource = { type, id, version };
    const access: Accessed = { ...interactionOf(change), resource, outcome: '0' };
    const patients = change.kind === 'put' ? patientsOfText(change) : await deletedPatients(change, store);
    if (patients.length === 0) accesses.push(access);
    else for (const patient of patients) accesses.push({ ...access, patient });
  }
  return accesses;
}

function interactionOf({ kind, expectedVersion, method }: Exclude<Change, { kind: 'purge' }>): {
  kind: RestKind;
  interaction: string;
} {
  if (kind === 'delete') return { kind: 'Delete', interaction: 'delete' };
  if (expectedVersion === 0 || method === 'POST') return { kind: 'Create', interaction: 'create' };
  return { kind: 'Update', interaction: method === 'PATCH' ? 'patch' : 'update' };
}

/** A deletion has no body: it is about whom the version before is about. */
async function deletedPatients({ type, id }: Change, store: ResourceStore): Promise<string[]> {
  const current = await store.read(type, id);
  return current === undefined ? [] : patientsOf(current);
}
