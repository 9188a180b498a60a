import { structureDefinitionsOfR4 } from '../fhir/canonical.ts';
import { containedById } from './contained-resources.ts';
import type { Check, ValidationContext } from './context.ts';

/** `[type]/[id]` or `[type]/[id]/_history/[version]`, relative or at the end of a URL. */
const resourceUrl = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
/** `[type]?[search]`, which a transaction resolves before it stores the resource (http.html#trules). */
const conditionalReference = /^([A-Z][A-Za-z]+)\?/;
const absoluteUrl = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The check of one Reference (references.html): the literal reference has one of the forms of FHIR, a fragment
 * points into the contained resources, `type` agrees, and the type is one of `targets` (any type when absent).
 * A type that the reference itself does not tell, such as that of a `urn:uuid:`, is not checked.
 */
export function referenceCheck(
  targets: readonly string[] | undefined,
  resourceTypes: ReadonlySet<string>,
): Check {
  const allowed = targets && new Set(targets);
  const wrongTarget = `The target must be of type ${targets?.join(' | ')}`;
  return (value, context) => {
    const { reference, type } = value as { reference?: unknown; type?: unknown };
    const statedType = typeof type === 'string' ? type.replace(structureDefinitionsOfR4, '') : undefined;
    const targetType =
      typeof reference === 'string' ? referredType(reference, resourceTypes, context) : undefined;
    if (statedType !== undefined && targetType !== undefined && statedType !== targetType) {
      context.reportAt('type', 'value', 'The type differs from that of the reference');
    } else {
      const known = targetType ?? statedType;
      if (allowed && known !== undefined && !allowed.has(known)) context.report('value', wrongTarget);
    }
  };
}

/** The resource type that a literal reference tells, undefined when it tells none or is at fault. */
function referredType(
  reference: string,
  resourceTypes: ReadonlySet<string>,
  context: ValidationContext,
): string | undefined {
  if (reference.startsWith('#')) return containedType(reference.slice(1), context);
  const isAbsolute = absoluteUrl.test(reference);
  const type = (resourceUrl.exec(reference) ?? conditionalReference.exec(reference))?.[1];
  if (type !== undefined && resourceTypes.has(type) && (isAbsolute || reference.startsWith(type)))
    return type;
  if (!isAbsolute) {
    context.reportAt(
      'reference',
      'value',
      'A reference is [type]/[id], an absolute URL, a URN or a fragment',
    );
  }
  return undefined;
}

/** `#` alone is the container itself (references.html#contained). */
function containedType(id: string, context: ValidationContext): string | undefined {
  const { container } = context;
  if (id === '') return container.resourceType;
  const target = containedById(container).get(id);
  if (target === undefined) {
    context.reportAt('reference', 'invariant', 'No contained resource has this id', {
      type: 'Reference',
      key: 'ref-1',
    });
    return undefined;
  }
  return target.resourceType;
}
