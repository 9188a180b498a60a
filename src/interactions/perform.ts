import { setTimeout } from 'node:timers/promises';
import type { Conflict, ResourceKey } from '../store/contract.ts';
import { storeOfWrites } from './access.ts';
import { meansOfWrites } from './check-means.ts';
import { withRelativeReferences } from './own-references.ts';
import { isLarge, turn } from './pacer.ts';
import { conflictError } from './preparation.ts';
import { checkPolicies } from './reference-policy.ts';
import { type FhirResponse, sentTextOf } from './request.ts';
import type { Spine } from './spine.ts';
import { inTurn } from './turns.ts';
import type { Write } from './write.ts';

/** How often a write is planned anew because another one came first. */
export const mostAttempts = 20;

/** Lets racing writers step apart before another attempt. */
export async function beforeAttempt(attempt: number): Promise<void> {
  if (attempt > 2) await setTimeout(Math.random() * 4 * attempt);
}

/**
 * Commits one write by itself. Without `If-Match` the last writer wins; with it the next attempt's check says 412. Who
 * was outrun goes on in turn with others who were, so that each of many writers of one resource comes to its end.
 * @throws FhirError when the write is refused, 409 or 412 when others keep coming first
 */
export async function perform(spine: Spine, write: Write): Promise<FhirResponse> {
  const { tenant } = write.request.access;
  const store = storeOfWrites(write.request.access);
  let stale: ResourceKey | undefined;
  let contended: string | undefined;

  const attempt = async (): Promise<FhirResponse | Conflict> => {
    const target = await write.find(store, stale);
    const resource =
      target.resource &&
      withRelativeReferences(spine, target.resource, sentTextOf(write.request, target.resource));
    if (isLarge(write.request)) await turn();
    const means = await meansOfWrites(spine, write.request.access, [{ ...target, resource }]);
    const plan = await target.plan(resource, means);
    await checkPolicies(spine, store, [plan], (error) => error);
    if (plan.changes.length === 0) return plan.answer;
    const result = await store.commit(plan.changes);
    if (result.ok) return plan.answer;
    const { type, id } = plan.changes[result.conflict.change] as ResourceKey;
    if (result.conflict.kind === 'version') contended = JSON.stringify([tenant, type, id]);
    return result.conflict;
  };

  for (let attempts = 0; ; attempts++) {
    await beforeAttempt(attempts);
    const outcome = await (contended === undefined ? attempt() : inTurn(contended, attempt));
    if (!('kind' in outcome)) return outcome;
    if (outcome.kind === 'identity' || attempts + 1 === mostAttempts) throw conflictError(outcome);
    if (outcome.kind === 'claim') stale = outcome.holder;
  }
}
