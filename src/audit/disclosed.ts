import type { StoredVersion } from '../store/contract.ts';
import { patientsOf } from './patients.ts';

/** What an interaction took from the store for its answer, and what it wrote. */
export class Disclosed {
  /** Ids of the Patients that it was about, in the order in which they came. */
  readonly patients = new Set<string>();
  /** The version that came last. */
  last: StoredVersion | undefined;
  /** Changes committed, which have their own events. */
  written = 0;

  add(version: StoredVersion): void {
    this.last = version;
    this.addBody(version);
  }

  addAll(versions: readonly StoredVersion[]): void {
    for (const version of versions) this.add(version);
  }

  addBody(version: Pick<StoredVersion, 'type' | 'id' | 'body'>): void {
    // An access to the trail is recorded as such, once: its events name the patients already.
    if (version.type === 'AuditEvent') return;
    for (const patient of patientsOf(version)) this.patients.add(patient);
  }
}
