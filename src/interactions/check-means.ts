import { referenceTo } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import type { CheckMeans } from '../validation/write/write-validation.ts';
import { type Access, storeOfWrites } from './access.ts';
import { referenceTargets } from './reference-targets.ts';
import type { Spine } from './spine.ts';
import type { Target } from './write.ts';

/** What a resource is validated with that is not to be written. */
export async function meansOfValidation(
  spine: Spine,
  { tenant, store }: Access,
  resource: Resource,
  profiles: readonly string[],
): Promise<CheckMeans> {
  const { validation } = spine;
  const validator = await validation.of(tenant, [resource], profiles);
  if (!validation.writes.looksUpTargets(resource.resourceType, tenant)) return { validator };
  return { validator, targets: await referenceTargets(spine, store, [resource], new Map()) };
}

/** What is to be written: the target that was found, with the resource as it will be stored. */
export interface Pending extends Pick<Target, 'key' | 'writes'> {
  resource: Resource | undefined;
}

/**
 * What the rules and profiles of writes that are committed together need from the store; undefined where none of them
 * is checked by any.
 */
export async function meansOfWrites(
  spine: Spine,
  access: Access,
  pending: readonly Pending[],
): Promise<CheckMeans | undefined> {
  const { tenant, isOwn } = access;
  const { writes } = spine.validation;
  if (isOwn) return undefined;
  const checked: Resource[] = [];
  const asked: string[] = [];
  for (const { resource } of pending) {
    const profiles = resource && writes.asked(resource, tenant);
    if (profiles === undefined) continue;
    checked.push(resource!);
    asked.push(...profiles);
  }
  if (checked.length === 0) return undefined;
  const validator = await spine.validation.of(tenant, checked, asked);
  const linking = checked.filter(({ resourceType }) => writes.looksUpTargets(resourceType, tenant));
  if (linking.length === 0) return { validator };
  const written = new Map(
    pending.flatMap(({ key, writes: isWritten, resource = null }) =>
      key === undefined || !isWritten ? [] : [[referenceTo(key), resource] as const],
    ),
  );
  return { validator, targets: await referenceTargets(spine, storeOfWrites(access), linking, written) };
}
