import { fhirError } from '../fhir/error.ts';
import type { ResourceStore, StoredVersion } from '../store/contract.ts';
import type { BundleEntry } from './bundle-entry.ts';
import { matchesOf, parseCondition } from './condition.ts';
import { within } from './entry-errors.ts';
import { pacer } from './pacer.ts';
import { forEachPointer } from './reference-rewriting.ts';
import type { Spine } from './spine.ts';

/** What a write entry of a transaction is known by to the others. */
interface Referable {
  entry: BundleEntry;
  type: string;
  id: string;
  /** The match of its condition, which stands in its place. */
  existing?: StoredVersion;
}

/** Tells what a reference becomes: the identity of the entry that it names, or the match of its condition. */
export async function referenceResolver(
  spine: Spine,
  store: ResourceStore,
  writes: readonly Referable[],
): Promise<(text: string) => string | undefined> {
  const replacements = new Map<string, string>();
  for (const { entry, type, id, existing } of writes) {
    if (entry.fullUrl === undefined) continue;
    const local = `${type}/${existing?.id ?? id}`;
    replacements.set(entry.fullUrl, local);
    // A relative reference means the entry whose fullUrl ends like it (bundle.html#references).
    const relative = /^https?:.*\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(entry.fullUrl)?.[1];
    if (relative !== undefined && !replacements.has(relative)) replacements.set(relative, local);
  }
  const pause = pacer();
  for (const { entry, existing } of writes) {
    if (existing !== undefined) continue;
    const conditional: string[] = [];
    forEachPointer(entry.request.body, (text) => {
      if (/^[A-Z][A-Za-z]+\?/.test(text) && !replacements.has(text)) conditional.push(text);
    });
    for (const text of conditional) {
      if (replacements.has(text)) continue;
      await pause();
      replacements.set(text, await within(entry, () => conditionalTarget(spine, store, text)));
    }
  }
  // References to ourselves are kept relative, so that they survive a change of the base URL.
  const base = `${spine.baseUrl}/`;
  return (text) =>
    replacements.get(text) ?? (text.startsWith(base) ? replacements.get(text.slice(base.length)) : undefined);
}

async function conditionalTarget(spine: Spine, store: ResourceStore, text: string): Promise<string> {
  const mark = text.indexOf('?');
  const type = text.slice(0, mark);
  if (!spine.resourceTypes.has(type)) {
    throw fhirError(400, 'value', 'A conditional reference names a type that is not known', 'resource');
  }
  const matches = await matchesOf(spine, store, parseCondition(type, text.slice(mark + 1), 'resource'));
  if (matches.length !== 1) {
    const found = matches.length === 0 ? 'no resource' : 'several resources';
    const code = matches.length === 0 ? 'not-found' : 'multiple-matches';
    throw fhirError(412, code, `A conditional reference to ${type} matches ${found}`, 'resource');
  }
  return `${type}/${matches[0]!.id}`;
}
