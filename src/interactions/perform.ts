import { setTimeout } from 'node:timers/promises';
import type { ResourceKey } from '../store/contract.ts';
import { withRelativeReferences } from './own-references.ts';
import { conflictError } from './preparation.ts';
import { checkPolicies } from './reference-policy.ts';
import type { FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';
import type { Write } from './write.ts';

/** How often a write is planned anew because another one came first. */
export const mostAttempts = 20;

/** Lets racing writers step apart before another attempt. */
export async function beforeAttempt(attempt: number): Promise<void> {
  if (attempt > 2) await setTimeout(Math.random() * 4 * attempt);
}

/**
 * Commits one write by itself. Without `If-Match` the last writer wins; with it the next attempt's check says 412.
 * @throws FhirError when the write is refused, 409 or 412 when others keep coming first
 */
export async function perform(spine: Spine, write: Write): Promise<FhirResponse> {
  const store = spine.stores.forTenant(write.request.tenant);
  let stale: ResourceKey | undefined;
  for (let attempt = 0; ; attempt++) {
    await beforeAttempt(attempt);
    const target = await write.find(store, stale);
    const plan = target.plan(target.resource && withRelativeReferences(spine, target.resource));
    await checkPolicies(spine, store, [plan], (error) => error);
    if (plan.changes.length === 0) return plan.answer;
    const result = await store.commit(plan.changes);
    if (result.ok) return plan.answer;
    if (result.conflict.kind === 'identity' || attempt + 1 === mostAttempts) {
      throw conflictError(result.conflict);
    }
    if (result.conflict.kind === 'claim') stale = result.conflict.holder;
  }
}
