import { referenceTo } from '../../fhir/reference.ts';
import type { Change, CommitResult, PutChange, ResourceKey, StoredVersion } from '../contract.ts';
import { Generations } from './generations.ts';

/**
 * Versions that this process has lately put in place of others, for the next who replaces them: after each commit SQLite
 * reads the pages of the database anew. Another process may have replaced them since, which shows on commit.
 */
export class WrittenVersions {
  readonly #held = new Generations<string, Written>();

  get(tenant: string, type: string, id: string): StoredVersion | undefined {
    const written = this.#held.get(keyOf(tenant, { type, id }));
    return written && { ...written, type, id, deleted: false, body: Buffer.from(written.body) };
  }

  /** To be called in the order of the commits. */
  note(tenant: string, changes: readonly Change[], result: CommitResult): void {
    if (!result.ok) {
      const { change } = result.conflict;
      this.#held.forget(keyOf(tenant, changes[change] as Change));
      return;
    }
    for (const change of changes) {
      const key = keyOf(tenant, change);
      // What is new is seldom replaced, and an AuditEvent never.
      if (change.kind === 'put' && change.method !== 'POST') {
        const { version, lastUpdated, method, restricted, body } = change;
        this.#held.keep(key, { version, lastUpdated, method, restricted, body });
      } else this.#held.forget(key);
    }
  }

  /** Forgets everything: resources were erased, or bodies written anew without a new version. */
  clear(): void {
    this.#held.clear();
  }
}

type Written = Pick<PutChange, 'version' | 'lastUpdated' | 'method' | 'restricted' | 'body'>;

function keyOf(tenant: string, key: ResourceKey): string {
  return `${tenant}/${referenceTo(key)}`;
}
