import { FhirError, type Issue } from '../fhir/error.ts';
import { isConditionalReference } from '../fhir/reference.ts';
import type { Resource } from '../fhir/resource.ts';
import type { LinkKind, Links } from './reference-rewriting.ts';
import type { Spine } from './spine.ts';

const local = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The relative form of an absolute reference to this server, so that it survives a change of the base URL. */
export function relativeReference(baseUrl: string, text: string, kind: LinkKind): string | undefined {
  if (kind !== 'reference' || !text.startsWith(baseUrl) || text[baseUrl.length] !== '/') return undefined;
  const rest = text.slice(baseUrl.length + 1);
  return local.test(rest) ? rest : undefined;
}

/**
 * A resource whose references to this server are relative, written outside of a transaction.
 * @param compact its JSON without white space, where that is known
 * @throws FhirError 422 on a conditional reference, which a transaction alone resolves
 */
export function withRelativeReferences(
  { links, baseUrl }: Spine,
  resource: Resource,
  compact: string | undefined,
): Resource {
  // To look through a text costs a fraction of going from element to element.
  if (compact !== undefined && !compact.includes(baseUrl) && !compact.includes('?')) return resource;
  return links.rewrite(resource, (text, kind) => {
    if (kind === 'reference' && isConditionalReference(text)) throw unresolved(links, resource);
    return relativeReference(baseUrl, text, kind);
  });
}

function unresolved(links: Links, resource: Resource): FhirError {
  const issues: Issue[] = [];
  links.forEach(resource, (text, kind, expression) => {
    if (kind !== 'reference' || !isConditionalReference(text)) return;
    const diagnostics =
      'The reference leads nowhere: a conditional reference is resolved in a transaction alone';
    issues.push({ severity: 'error', code: 'not-found', diagnostics, expression: expression() });
  });
  return new FhirError(422, issues);
}
