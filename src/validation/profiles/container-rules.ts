import type { Resource } from '../../fhir/resource.ts';
import { isAbsoluteUri } from '../absolute-uri.ts';
import { isObject } from '../objects.ts';
import { canonicalOf } from './definition-library.ts';
import { checkDocumentEntries } from './document-entries.ts';
import type { RuleContext } from './rule-context.ts';

/** Resources that a document and a message start with (documents.html, messaging.html). */
const domainResource = canonicalOf('DomainResource');
const bundleDefinition = canonicalOf('Bundle');

/**
 * The rule on contained resources: each is referred to from its container, or refers to it (references.html#contained,
 * invariant dom-3).
 */
export function checkContained(resource: Resource, context: RuleContext): void {
  const { contained } = resource;
  if (!Array.isArray(contained) || contained.length === 0) return;
  checkContainedIds(contained, context);
  const fragments = new Set<string>();
  collectFragments(resource, fragments);
  for (const one of contained as unknown[]) {
    if (!isObject(one) || typeof one['id'] !== 'string' || fragments.has(`#${one['id']}`)) continue;
    const own = new Set<string>();
    collectFragments(one, own);
    if (own.has('#')) continue;
    context.report({
      severity: 'error',
      code: 'invariant',
      diagnostics: 'A contained resource must be referred to from the resource, or refer to it',
      profile: domainResource,
      constraint: 'dom-3',
    });
    return;
  }
}

/** What a fragment refers to is one resource (references.html#contained). */
function checkContainedIds(contained: readonly unknown[], context: RuleContext): void {
  const seen = new Set<unknown>();
  for (const [index, one] of contained.entries()) {
    const id = isObject(one) ? one['id'] : undefined;
    if (id !== undefined && seen.has(id)) {
      const diagnostics = 'Another contained resource has this id';
      context.report({ severity: 'error', code: 'duplicate', diagnostics }, `contained[${index}].id`);
    }
    seen.add(id);
  }
}

/** Every text of a document that is a reference within it; parsed documents have a limit of depth. */
function collectFragments(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.charCodeAt(0) === 35) found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collectFragments(member, found);
  }
}

/** Bundles whose entries have an identity of their own (bundle-definitions.html#Bundle.entry.fullUrl). */
const needsFullUrl = new Set(['document', 'message', 'searchset', 'collection']);

/** The rules on the entries of a bundle that no invariant can tell, or only slowly (bundle.html). */
export function checkBundle(bundle: Resource, context: RuleContext): void {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : [];
  const seen = new Set<string>();
  let isDistinct = true;
  context.enter('entry');
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) continue;
    const { fullUrl } = entry;
    const resource = isObject(entry['resource']) ? (entry['resource'] as Resource) : undefined;
    if (resource !== undefined && bundle['type'] === 'searchset') {
      context.enter(index);
      checkSearchEntry(entry['search'], resource, context);
      context.leave();
    }
    if (typeof fullUrl !== 'string') {
      if (resource !== undefined && fullUrl === undefined && needsFullUrl.has(String(bundle['type']))) {
        context.enter(index);
        const diagnostics = 'The entry needs a fullUrl, which is the identity of its resource';
        context.report(
          { severity: 'error', code: 'required', diagnostics, profile: bundleDefinition },
          'fullUrl',
        );
        context.leave();
      }
      continue;
    }
    const key = `${fullUrl}\n${String(resource?.meta?.versionId ?? '')}`;
    if (seen.has(key)) isDistinct = false;
    seen.add(key);
    context.enter(index);
    checkFullUrl(fullUrl, resource, context);
    context.leave();
  }
  if (bundle['type'] === 'document' && isDistinct) {
    checkDocumentEntries(entries, context.bundleOf(bundle), context);
  }
  context.leave();
  if (!isDistinct && bundle['type'] !== 'history') {
    context.report({
      severity: 'error',
      code: 'invariant',
      diagnostics: 'Two entries have the same fullUrl and version',
      profile: bundleDefinition,
      constraint: 'bdl-7',
    });
  }
}

/** What a search found has an id, what it has to say of itself is an OperationOutcome (http.html#search). */
function checkSearchEntry(search: unknown, { resourceType, id }: Resource, context: RuleContext): void {
  const mode = isObject(search) ? search['mode'] : undefined;
  const wrong = { severity: 'error' as const, profile: bundleDefinition };
  if (mode === 'outcome' && resourceType !== 'OperationOutcome') {
    const diagnostics = 'An entry of the mode outcome has an OperationOutcome';
    context.report({ ...wrong, code: 'value', diagnostics }, 'resource');
  } else if ((mode === 'match' || mode === 'include') && id === undefined) {
    const diagnostics = 'A resource that a search has found has an id';
    context.report({ ...wrong, code: 'required', diagnostics }, 'resource.id');
  }
}

const restful = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

function checkFullUrl(fullUrl: string, resource: Resource | undefined, context: RuleContext): void {
  const invalid = { severity: 'error' as const, code: 'value' as const, profile: bundleDefinition };
  if (!isAbsoluteUri(fullUrl)) {
    context.report({ ...invalid, diagnostics: 'The fullUrl of an entry is absolute' }, 'fullUrl');
    return;
  }
  const match = restful.exec(fullUrl);
  if (match === null || resource?.id === undefined) return;
  const [, type, id] = match;
  if (type === resource.resourceType && id !== resource.id) {
    context.report({ ...invalid, diagnostics: 'The id of the resource differs from that of the fullUrl' });
  }
}
