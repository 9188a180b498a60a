import type { Expression } from '../search/expression.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import { appendOnlyType } from './append-only.ts';
import type { Spine } from './spine.ts';

/** How many resources one search asks the referrers of. */
const page = 100;

/**
 * Resources of any type that refer to any of these by a reference that a search parameter indexes. One that refers to
 * several may come several times. AuditEvents are none of them.
 * @param limit how many are wanted: the search ends when it has found as many
 */
export async function referrersOf(
  { resourceTypes, parameters }: Spine,
  store: ResourceStore,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<StoredVersion[]> {
  const found: StoredVersion[] = [];
  if (keys.length === 0) return found;
  const held = await store.heldTypes();
  // Audit events tell of what may be gone: they hold up no deletion, and go with none.
  const sources = [...resourceTypes].filter((type) => held.has(type) && type !== appendOnlyType);
  for (let start = 0; start < keys.length; start += page) {
    const targets = keys.slice(start, start + page);
    for (const source of sources) {
      const operands = parameters
        .list(source)
        .filter(({ family }) => family === 'reference')
        .flatMap((parameter): Expression[] =>
          targets
            .filter(({ type }) => parameter.targets.includes(type))
            .map(({ type, id }) => ({ kind: 'reference', parameter: parameter.code, type, id })),
        );
      if (operands.length === 0) continue;
      const query = { type: source, expression: { kind: 'or' as const, operands }, sort: [] };
      found.push(...(await store.search({ ...query, count: limit - found.length })).matches);
      if (found.length >= limit) return found;
    }
  }
  return found;
}
