import { fhirError } from '../fhir/error.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import { referrersOf } from './referrers.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';

/** How many resources one deletion may take along. */
const mostReferrers = 1000;

/**
 * What a deletion deletes: the resources themselves and, when it is asked for by `_cascade=delete` or
 * `X-Cascade: delete`, all that refer to them, directly or not.
 * @throws FhirError 409 when they are too many, 400 on another cascade
 */
export async function withReferrers(
  spine: Spine,
  store: ResourceStore,
  request: FhirRequest,
  resources: readonly StoredVersion[],
): Promise<StoredVersion[]> {
  const victims = new Map(resources.map((victim) => [`${victim.type}/${victim.id}`, victim]));
  if (!cascades(request)) return [...victims.values()];
  const most = mostReferrers + resources.length;
  let level = [...victims.values()];
  while (level.length > 0) {
    const added: StoredVersion[] = [];
    for (const referrer of await referrersOf(spine, store, level, level.length * (most + 1))) {
      const name = `${referrer.type}/${referrer.id}`;
      if (victims.has(name)) continue;
      victims.set(name, referrer);
      added.push(referrer);
    }
    if (victims.size > most) {
      const diagnostics = `More than ${mostReferrers} resources refer to what is to be deleted`;
      throw fhirError(409, 'too-costly', diagnostics, 'http.url');
    }
    level = added;
  }
  return [...victims.values()];
}

function cascades({ query, headers }: FhirRequest): boolean {
  const wanted = query.find(([name]) => name === '_cascade')?.[1] ?? headers.cascade;
  if (wanted === undefined || wanted === 'none') return false;
  if (wanted !== 'delete') throw fhirError(400, 'value', 'A cascade is delete or none', '_cascade');
  return true;
}
