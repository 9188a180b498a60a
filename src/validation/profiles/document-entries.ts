import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../objects.ts';
import type { BundleIndex } from './bundle-index.ts';
import type { RuleContext } from './rule-context.ts';

/** Longer texts are no references. */
const longestReference = 2048;

/**
 * The rule that a document has no resources but its Composition, what belongs to it by references, one way or the other
 * and over others, and its stylesheet (documents.html#content).
 * @param index the entries by what refers to them
 */
export function checkDocumentEntries(
  entries: readonly unknown[],
  index: BundleIndex,
  context: RuleContext,
): void {
  const resources = entries.map((entry) => (isObject(entry) ? entry['resource'] : undefined));
  const linked = linksBetween(resources.filter(isObject) as Resource[], index);
  const [composition] = resources;
  if (!isObject(composition)) return;
  const reached = new Set<unknown>([composition]);
  for (const resource of reached) for (const other of linked.get(resource) ?? []) reached.add(other);
  for (const [position, resource] of resources.entries()) {
    if (!isObject(resource) || reached.has(resource) || resource['resourceType'] === 'Binary') continue;
    // An entry without fullUrl, which nothing can refer to, is told already.
    if (index.fullUrlOf(resource as Resource) === undefined) continue;
    context.enter(position);
    const diagnostics = 'No reference of the document leads to this entry';
    context.report({ severity: 'error', code: 'structure', diagnostics });
    context.leave();
  }
}

/** By resource, those that it refers to and those that refer to it. */
function linksBetween(
  resources: readonly Resource[],
  index: BundleIndex,
): ReadonlyMap<unknown, ReadonlySet<Resource>> {
  const linked = new Map(resources.map((resource) => [resource, new Set<Resource>()]));
  for (const resource of resources) {
    const fullUrl = index.fullUrlOf(resource);
    for (const text of textsOf(resource)) {
      const target = text.length > longestReference ? undefined : index.resource(text, fullUrl);
      if (target === undefined || target === resource) continue;
      linked.get(resource)?.add(target);
      linked.get(target)?.add(resource);
    }
  }
  return linked;
}

/** Every text of a value; parsed documents have a limit of depth. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) yield* textsOf(member);
  }
}
