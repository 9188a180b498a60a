import type { ElementDefinition as PublishedElement, StructureDefinition } from 'fhir/r4.d.ts';
import { withoutVersion } from '../reference.ts';
import type { ElementDefinition, ElementType } from './model.ts';

/** The id of a data element is `de-` and the path, cut at 64 characters; of those cut alike, one survives. */
const longestSurePath = 61;

/** What the vendor loosened where data elements do not tell: minimum by path of the backbone. */
export const publishedMinimum: Readonly<Record<string, number>> = { 'EvidenceVariable.characteristic': 1 };

/**
 * Elements as HL7 published them in R4, by path. The source of the structure definitions carries additions of
 * its vendor, but its data elements are those of the specification; they describe every element that is not a
 * backbone.
 */
export class DataElements {
  readonly #byPath = new Map<string, PublishedElement>();
  readonly #childrenOf = new Map<string, PublishedElement[]>();

  constructor(definitions: readonly StructureDefinition[]) {
    for (const { snapshot } of definitions) {
      const element = snapshot?.element[0];
      // The first one describes the type itself, a later one of the same path describes a profile of it.
      if (!element?.path.includes('.') || this.#byPath.has(element.path)) continue;
      this.#byPath.set(element.path, element);
      const parent = parentPath(element.path);
      this.#childrenOf.set(parent, [...(this.#childrenOf.get(parent) ?? []), element]);
    }
  }

  get(path: string): PublishedElement | undefined {
    return this.#byPath.get(path);
  }

  /** Published children of a type or backbone, backbones and content references left out. */
  childrenOf(path: string): readonly PublishedElement[] {
    return this.#childrenOf.get(path) ?? [];
  }
}

/** Child elements of a type as the specification has them, nested as they nest there. */
export function publishedElements(
  definition: StructureDefinition,
  published: DataElements,
): ElementDefinition[] {
  const elements = correctedElements(definition, published);
  const childrenByParent = Map.groupBy(elements, ({ path }) => parentPath(path));
  const childrenOf = (path: string): ElementDefinition[] =>
    (childrenByParent.get(path) ?? []).map((element) => {
      const children = childrenOf(element.path);
      return compactElement(element, definition.kind === 'resource', children);
    });
  return childrenOf(definition.type);
}

/** All elements below that of the type itself as the specification has them, in no order but that of siblings. */
export function correctedElements(
  definition: StructureDefinition,
  published: DataElements,
): PublishedElement[] {
  const elements: PublishedElement[] = [];
  const parents = new Set([definition.type]);
  for (const element of definition.snapshot?.element ?? []) {
    const { path } = element;
    if (!parents.has(parentPath(path)) || isPrimitiveValue(definition, path)) continue;
    const kept = asPublished(element, published);
    if (kept === undefined) continue;
    elements.push(kept);
    parents.add(path);
  }
  for (const parent of parents) restoreMissing(elements, published.childrenOf(parent), definition);
  return elements;
}

/** The element as R4 has it, undefined for an addition of the vendor. */
function asPublished(element: PublishedElement, published: DataElements): PublishedElement | undefined {
  const { path, base, contentReference } = element;
  const own = published.get(path);
  if (own !== undefined) return own;
  const isBackbone = published.childrenOf(path).length > 0;
  const isInherited = base !== undefined && base.path !== path && published.get(base.path) !== undefined;
  return isBackbone || isInherited || contentReference || path.length > longestSurePath ? element : undefined;
}

/** Puts each published sibling that the snapshot lacks behind the one that it follows. */
function restoreMissing(
  elements: PublishedElement[],
  siblings: readonly PublishedElement[],
  definition: StructureDefinition,
): void {
  let previous = -1;
  for (const sibling of siblings) {
    if (isPrimitiveValue(definition, sibling.path)) continue;
    const position = elements.findIndex(({ path }) => path === sibling.path);
    if (position >= 0) previous = position;
    else elements.splice(++previous, 0, sibling);
  }
}

/** Is this the value of a primitive type itself, that is, not an element of JSON? */
export function isPrimitiveValue(definition: StructureDefinition, path: string): boolean {
  return definition.kind === 'primitive-type' && path === `${definition.type}.value`;
}

function compactElement(
  element: PublishedElement,
  ofResource: boolean,
  children: ElementDefinition[],
): ElementDefinition {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1);
  const max = element.max ?? '*';
  const { binding, contentReference } = element;
  return {
    name: name.replace('[x]', ''),
    min: publishedMinimum[element.path] ?? element.min ?? 0,
    max: max === '*' ? null : Number(max),
    array: (element.base?.max ?? max) !== '1',
    choice: name.endsWith('[x]'),
    types: compactTypes(element, ofResource),
    ...(binding?.valueSet && {
      binding: { strength: binding.strength, valueSet: withoutVersion(binding.valueSet) },
    }),
    ...(children.length > 0 && { elements: children }),
    ...(contentReference && { contentReference: contentReference.slice(contentReference.indexOf('#') + 1) }),
    isSummary: element.isSummary ?? false,
    isModifier: element.isModifier ?? false,
  };
}

function compactTypes(element: PublishedElement, ofResource: boolean): ElementType[] {
  const targetsByCode = new Map<string, Set<string>>();
  for (const type of element.type ?? []) {
    const code = typeCode(type, ofResource && /^\w+\.id$/.test(element.path));
    const targets = targetsByCode.get(code) ?? new Set();
    for (const target of type.targetProfile ?? []) targets.add(target.slice(target.lastIndexOf('/') + 1));
    targetsByCode.set(code, targets);
  }
  return [...targetsByCode].map(([code, targets]) =>
    targets.size === 0 || targets.has('Resource') ? { code } : { code, targets: [...targets] },
  );
}

/** The FHIR type of an element: ids and URLs are described by the FHIRPath type of their value. */
function typeCode(type: NonNullable<PublishedElement['type']>[number], isResourceId: boolean): string {
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code;
  // R4 says `string` for the id of a resource; resource.html#id says `id`.
  if (isResourceId) return 'id';
  return (
    type.extension?.find(({ url }) => url.endsWith('/structuredefinition-fhir-type'))?.valueUrl ?? 'string'
  );
}

/** The path of the element that one is a child of; empty for the root. */
export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}
