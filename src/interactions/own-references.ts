import type { Resource } from '../fhir/resource.ts';
import type { LinkKind } from './reference-rewriting.ts';
import type { Spine } from './spine.ts';

const local = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The relative form of an absolute reference to this server, so that it survives a change of the base URL. */
export function relativeReference(baseUrl: string, text: string, kind: LinkKind): string | undefined {
  if (kind !== 'reference' || !text.startsWith(baseUrl) || text[baseUrl.length] !== '/') return undefined;
  const rest = text.slice(baseUrl.length + 1);
  return local.test(rest) ? rest : undefined;
}

/** A resource whose references to this server are relative. */
export function withRelativeReferences({ links, baseUrl }: Spine, resource: Resource): Resource {
  return links.rewrite(resource, (text, kind) => relativeReference(baseUrl, text, kind));
}
