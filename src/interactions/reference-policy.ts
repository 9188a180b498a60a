import { FhirError, type Issue } from '../fhir/error.ts';
import { parseReference, referenceTo } from '../fhir/reference.ts';
import type { Change, ResourceKey, ResourceStore } from '../store/contract.ts';
import { currentVersions } from './current-versions.ts';
import { referrersOf } from './referrers.ts';
import type { Spine } from './spine.ts';
import type { Plan } from './write.ts';

/** How many deletions a refusal names at most. */
const mostIssues = 10;

/**
 * Checks writes that are to be committed together against the policy for references. What one of them writes is there
 * for the others.
 * @param place names the write of a refusal by its position
 * @throws FhirError 422 on a reference that leads nowhere, 409 on the deletion of what is referred to
 */
export async function checkPolicies(
  spine: Spine,
  store: ResourceStore,
  plans: readonly Plan[],
  place: (error: FhirError, position: number) => FhirError,
): Promise<void> {
  const { referenceCheck, deleteProtection } = spine.policy;
  if (referenceCheck === 'off' && deleteProtection === 'off') return;
  const changes = new Map(
    plans.flatMap((plan) => plan.changes).map((change) => [referenceTo(change), change]),
  );
  const refusals: FhirError[] = [];
  if (referenceCheck === 'exists') {
    for (const [position, issue] of await danglingReferences(spine, store, plans, changes)) {
      refusals.push(place(new FhirError(422, [issue]), position));
    }
  }
  if (refusals.length === 0 && deleteProtection === 'referenced') {
    for (const [position, issue] of await lostTargets(spine, store, plans, changes)) {
      refusals.push(place(new FhirError(409, [issue]), position));
    }
  }
  if (refusals.length === 0) return;
  const issues = refusals.flatMap((refusal) => refusal.issues);
  throw new FhirError(refusals[0]!.status, issues);
}

type Found = [position: number, issue: Issue][];

async function danglingReferences(
  spine: Spine,
  store: ResourceStore,
  plans: readonly Plan[],
  changes: ReadonlyMap<string, Change>,
): Promise<Found> {
  const wanted: Wanted[] = [];
  const dangling: Found = [];
  plans.forEach(({ resource }, position) => {
    if (resource === undefined) return;
    spine.links.forEach(resource, (text, kind, expression) => {
      if (kind !== 'reference') return;
      const target = parseReference(text, [spine.baseUrl]);
      if (target?.kind === 'local') wanted.push({ position, target, expression: expression() });
    });
  });
  const current = new Map<string, number>();
  const keys = new Map(wanted.map(({ target }) => [referenceTo(target), target]));
  for (const [name, change] of changes) {
    keys.delete(name);
    if (change.kind === 'put') current.set(name, change.version);
  }
  const possible = [...keys.values()].filter(({ type }) => spine.resourceTypes.has(type));
  for await (const version of currentVersions(store, possible))
    current.set(referenceTo(version), version.version);
  for (const { position, target, expression } of wanted) {
    const newest = current.get(referenceTo(target));
    if (newest !== undefined && isMade(target.version, newest)) continue;
    const what = newest === undefined ? referenceTo(target) : `such version of ${referenceTo(target)}`;
    dangling.push([position, leadsNowhere(`there is no ${what}`, expression)]);
  }
  return dangling;
}

interface Wanted {
  position: number;
  target: ResourceKey & { version?: string };
  expression: string;
}

function leadsNowhere(why: string, expression: string): Issue {
  return {
    severity: 'error',
    code: 'not-found',
    diagnostics: `The reference leads nowhere: ${why}`,
    expression,
  };
}

/** Versions count from 1 by one. */
function isMade(version: string | undefined, newest: number): boolean {
  return version === undefined || (/^[1-9]\d*$/.test(version) && Number(version) <= newest);
}

async function lostTargets(
  spine: Spine,
  store: ResourceStore,
  plans: readonly Plan[],
  changes: ReadonlyMap<string, Change>,
): Promise<Found> {
  const victims = plans.flatMap(({ changes: own }, position) =>
    own.filter(({ kind }) => kind === 'delete').map((victim) => ({ position, victim })),
  );
  /** A resource that refers to one of these after the commit; those that are committed too may be found in vain. */
  const referrerOf = async (targets: readonly Change[]) =>
    (await referrersOf(spine, store, targets, targets.length * changes.size + 1)).find((each) => {
      const change = changes.get(referenceTo(each));
      return change === undefined || targets.some((target) => refersTo(change, target));
    });
  if ((await referrerOf(victims.map(({ victim }) => victim))) === undefined) return [];
  const found: Found = [];
  for (const { position, victim } of victims) {
    const referrer = await referrerOf([victim]);
    if (referrer === undefined) continue;
    const diagnostics = `${referenceTo(referrer)} refers to ${referenceTo(victim)}; it must go first, or with _cascade=delete`;
    found.push([position, { severity: 'error', code: 'conflict', diagnostics }]);
    if (found.length === mostIssues) break;
  }
  return found;
}

function refersTo(change: Change, target: ResourceKey): boolean {
  if (change.kind !== 'put') return false;
  return change.index.reference.some(
    (value) => 'id' in value && value.type === target.type && value.id === target.id,
  );
}
