import { childElements, loadDefinitions, typeDefinition } from '../fhir/definitions/load.ts';
import type { ElementDefinition } from '../fhir/definitions/model.ts';
import { choiceName } from '../fhir/definitions/property-name.ts';
import type { Meta, Resource } from '../fhir/resource.ts';

/** A value of `_summary` that cuts resources down, or the names of `_elements`. */
export type Subset = 'true' | 'text' | 'data' | ReadonlySet<string>;

const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};

/** What identifies a resource and tells how to read it: `_elements` keeps these without being asked. */
const alwaysKept = new Set(['id', 'meta', 'implicitRules', 'modifierExtension']);

/**
 * The part of a resource that was asked for, with its mandatory elements and the tag SUBSETTED, so that nobody takes it
 * for the whole (search.html#summary).
 */
export function subsetOf(resource: Resource, subset: Subset): Resource {
  const properties = propertiesOf(typeDefinition(loadDefinitions(), resource.resourceType)?.elements ?? []);
  const kept: Resource = { resourceType: resource.resourceType };
  for (const [key, value] of Object.entries(resource)) {
    const property = properties.get(key.replace(/^_/, ''));
    if (property === undefined || !isKept(property.element, subset)) continue;
    kept[key] = subset === 'true' && !key.startsWith('_') ? summaryOf(value, property) : value;
  }
  return tagged(kept, resource);
}

function isKept({ name, min, isSummary }: ElementDefinition, subset: Subset): boolean {
  switch (subset) {
    case 'true':
      return isSummary || min > 0;
    case 'text':
      return name === 'text' || name === 'id' || name === 'meta' || min > 0;
    case 'data':
      return name !== 'text';
    default:
      return subset.has(name) || alwaysKept.has(name) || min > 0;
  }
}

/** An element and the type that one of its JSON properties has. */
interface Property {
  element: ElementDefinition;
  code: string | undefined;
}

const propertiesByElements = new WeakMap<readonly ElementDefinition[], ReadonlyMap<string, Property>>();

/** The elements of a type by JSON property. */
function propertiesOf(elements: readonly ElementDefinition[]): ReadonlyMap<string, Property> {
  let properties = propertiesByElements.get(elements);
  if (properties === undefined) {
    properties = new Map(
      elements.flatMap((element) =>
        element.choice
          ? element.types.map(({ code }): [string, Property] => [
              choiceName(element.name, code),
              { element, code },
            ])
          : [[element.name, { element, code: element.types[0]?.code }] satisfies [string, Property]],
      ),
    );
    propertiesByElements.set(elements, properties);
  }
  return properties;
}

/**
 * The value with the children that are of the summary or mandatory; a value whose type marks none, or of which nothing
 * would be left, stays whole.
 */
function summaryOf(value: unknown, property: Property): unknown {
  if (Array.isArray(value)) return value.map((each) => summaryOf(each, property));
  const { element, code } = property;
  const children = code === 'Resource' ? [] : childElements(loadDefinitions(), element, code);
  if (typeof value !== 'object' || value === null || !children.some(({ isSummary }) => isSummary))
    return value;
  const properties = propertiesOf(children);
  const kept: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    const child = properties.get(key.replace(/^_/, ''));
    if (child === undefined || !isKept(child.element, 'true')) continue;
    kept[key] = key.startsWith('_') ? each : summaryOf(each, child);
  }
  return Object.keys(kept).length === 0 ? value : kept;
}

/** The kept elements with the id and meta of the resource before them, and the tag in its meta. */
function tagged(kept: Resource, { id, meta }: Resource): Resource {
  const { resourceType, id: _id, meta: _meta, ...elements } = kept;
  const tags = meta?.tag ?? [];
  const isTagged = tags.some(({ system, code }) => system === subsetted.system && code === subsetted.code);
  const tag: Meta = { ...meta, tag: isTagged ? tags : [...tags, subsetted] };
  return { resourceType, ...(id === undefined ? {} : { id }), meta: tag, ...elements };
}
