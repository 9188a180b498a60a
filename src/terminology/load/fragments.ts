import { createHash } from 'node:crypto';
import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.d.ts';

/** Concepts that one stored resource holds, at most: read and parsed in a few milliseconds. */
const conceptsPerFragment = 1000;

/** Parts of a code system at most, so that their ids sort as they follow. */
const mostFragments = 99_999;

/**
 * A code system as it is stored: as it is where it is small, else in parts of one URL and version, each with `content`
 * fragment, whose `count` tells how many concepts they hold together. The places of concepts are told by the property
 * `parent`, because those above a concept may be in another part. The ids are the same for the same URL and version.
 * @throws Error when it has no URL
 */
export function storedForm(codeSystem: CodeSystem): (CodeSystem & { id: string })[] {
  const { url, version, concept = [], text: _narrative, ...header } = codeSystem;
  if (url === undefined) throw new Error('a code system without url cannot be found again');
  const id = idOf(url, version);
  const concepts = [...flat(concept)];
  const named = { ...header, url, ...(version === undefined ? {} : { version }) };
  if (concepts.length <= conceptsPerFragment)
    return [{ ...named, id, ...(concept.length === 0 ? {} : { concept }) }];
  const parts = Math.ceil(concepts.length / conceptsPerFragment);
  if (parts > mostFragments) throw new Error(`the code system has more than ${mostFragments} parts`);
  return Array.from({ length: parts }, (_, part) => ({
    ...named,
    id: `${id}-${String(part + 1).padStart(5, '0')}`,
    content: 'fragment' as const,
    count: concepts.length,
    property: withParent(header.property ?? []),
    concept: concepts.slice(part * conceptsPerFragment, (part + 1) * conceptsPerFragment),
  }));
}

/** Ids of resources tell nothing of what they hold: only letters, digits and hyphens may be in them. */
function idOf(url: string, version: string | undefined): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([url, version]))
    .digest('hex');
  return `cs-${digest.slice(0, 24)}`;
}

function withParent(property: NonNullable<CodeSystem['property']>): NonNullable<CodeSystem['property']> {
  if (property.some(({ code }) => code === 'parent')) return property;
  return [
    ...property,
    { code: 'parent', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
  ];
}

function* flat(concepts: readonly CodeSystemConcept[]): Generator<CodeSystemConcept> {
  const open = [...concepts]
    .reverse()
    .map((concept) => ({ concept, parent: undefined as string | undefined }));
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { concept: below = [], ...concept } = one.concept;
    const { code, property = [] } = concept;
    for (const child of [...below].reverse()) open.push({ concept: child, parent: code });
    const isNew = one.parent !== undefined && !property.some(({ valueCode }) => valueCode === one.parent);
    yield isNew
      ? { ...concept, property: [...property, { code: 'parent', valueCode: one.parent as string }] }
      : concept;
  }
}
