import { fhirError } from '../fhir/error.ts';
import { isConditionalReference } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Expression } from '../search/expression.ts';
import type { ResourceStore } from '../store/contract.ts';
import type { BundleEntry } from './bundle-entry.ts';
import { type Condition, criteriaOf, firstMatches, parseCondition } from './condition.ts';
import { within } from './entry-errors.ts';
import { relativeReference } from './own-references.ts';
import { pacer } from './pacer.ts';
import { meets } from './pending-match.ts';
import type { LinkKind, Replacement } from './reference-rewriting.ts';
import type { Spine } from './spine.ts';
import type { Target, Write } from './write.ts';

/** A write entry of a transaction with the resource that it is about. */
export interface FoundEntry {
  entry: BundleEntry;
  write: Write;
  target: Target;
}

/** What a fullUrl stands for: `Type/id`, and the version that a version-specific reference means. */
interface Replaced {
  local: string;
  version: number;
}

/**
 * Tells what a link becomes (http.html#trules, bundle.html#references): the identity of the entry that it names, or
 * the one resource that its condition matches, stored or in the same transaction.
 * @throws FhirError 412 when a conditional reference matches none or several
 */
export async function linkResolver(
  spine: Spine,
  store: ResourceStore,
  found: readonly FoundEntry[],
): Promise<Replacement> {
  const entries = byFullUrl(found);
  const conditional = new Map<string, string>();
  const pause = pacer();
  for (const { entry, target } of found) {
    if (target.resource === undefined) continue;
    const wanted: string[] = [];
    spine.links.forEach(target.resource, (text, kind) => {
      if (kind === 'reference' && isConditionalReference(text) && !conditional.has(text)) wanted.push(text);
    });
    await pause();
    for (const text of wanted) {
      if (entries.has(text)) continue;
      conditional.set(text, await within(entry, () => conditionalTarget(spine, entry, store, text, found)));
    }
  }
  const resolve = (text: string, kind: LinkKind) => {
    const relative = relativeReference(spine.baseUrl, text, kind);
    return named(entries, text, kind) ?? (relative && (named(entries, relative, kind) ?? relative));
  };
  return (text, kind) => resolve(text, kind) ?? (kind === 'reference' ? conditional.get(text) : undefined);
}

function byFullUrl(found: readonly FoundEntry[]): ReadonlyMap<string, Replaced> {
  const entries = new Map<string, Replaced>();
  for (const { entry, target } of found) {
    const { fullUrl } = entry;
    if (fullUrl === undefined || target.key === undefined) continue;
    const replaced = { local: `${target.key.type}/${target.key.id}`, version: target.version };
    entries.set(fullUrl, replaced);
    // A relative reference means the entry whose fullUrl ends like it (bundle.html#references).
    const relative = /^https?:.*\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(fullUrl)?.[1];
    if (relative !== undefined && !entries.has(relative)) entries.set(relative, replaced);
  }
  return entries;
}

/** The identity of the entry that a link names, with the version or fragment that the link goes on with. */
function named(entries: ReadonlyMap<string, Replaced>, text: string, kind: LinkKind): string | undefined {
  // Identifiers are written as uri too: one of them that is the URL of an entry by chance is not a link to it.
  if ((kind === 'uri' || kind === 'canonical') && !/^urn:(uuid|oid):/i.test(text)) return undefined;
  const whole = entries.get(text);
  if (whole !== undefined) return whole.local;
  const [, url = '', history, rest = ''] = /^([^|#]*?)(\/_history\/[^/|#]+)?([|#].*)?$/s.exec(text) ?? [];
  const replaced = url === text ? undefined : entries.get(url);
  // A reference has no fragment but that of a contained resource.
  if (replaced === undefined || (kind === 'reference' && rest !== '')) return undefined;
  return `${replaced.local}${history === undefined ? '' : `/_history/${replaced.version}`}${rest}`;
}

async function conditionalTarget(
  spine: Spine,
  { request: { access } }: BundleEntry,
  store: ResourceStore,
  text: string,
  found: readonly FoundEntry[],
): Promise<string> {
  const mark = text.indexOf('?');
  const type = text.slice(0, mark);
  if (!spine.resourceTypes.has(type)) {
    throw fhirError(400, 'value', 'A conditional reference names a type that is not known', 'resource');
  }
  const condition = parseCondition(type, text.slice(mark + 1), 'resource');
  const deleted = new Set(found.filter(({ entry }) => entry.request.method === 'DELETE').map(nameOf));
  const matches = new Set<string>();
  const criteria = await criteriaOf(spine, access, condition);
  for (const { id } of await firstMatches(store, type, criteria)) matches.add(`${type}/${id}`);
  for (const name of writtenMatches(spine, condition, criteria, found)) matches.add(name);
  const [match, another] = [...matches].filter((name) => !deleted.has(name));
  if (match === undefined || another !== undefined) {
    const problem = match === undefined ? 'no resource' : 'several resources';
    const code = match === undefined ? 'not-found' : 'multiple-matches';
    throw fhirError(412, code, `A conditional reference to ${type} matches ${problem}`, 'resource');
  }
  return match;
}

/** What the transaction itself writes and the condition matches. */
function writtenMatches(
  spine: Spine,
  { type, key }: Condition,
  criteria: Expression,
  found: readonly FoundEntry[],
): string[] {
  return found.flatMap((each) => {
    const { write, target } = each;
    if (target.key?.type !== type || target.resource === undefined) return [];
    const isMatch = write.conditionKey === key || meets(criteria, spine.extract(target.resource as Resource));
    return isMatch ? [nameOf(each)] : [];
  });
}

function nameOf({ target: { key } }: FoundEntry): string {
  return `${key?.type}/${key?.id}`;
}
