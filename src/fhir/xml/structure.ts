import {
  childElements,
  elementAt,
  loadDefinitions,
  resourceTypes,
  typeDefinition,
} from '../definitions/load.ts';
import type { ElementDefinition } from '../definitions/model.ts';
import { propertyName } from '../definitions/property-name.ts';

/** Namespace of every FHIR element (xml.html). */
export const fhirNamespace = 'http://hl7.org/fhir';
/** Namespace of the narrative (narrative.html). */
export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

/** How the value of a JSON property stands in XML (xml.html). */
export type Content =
  | { kind: 'attribute' }
  | { kind: 'primitive'; json: 'boolean' | 'number' | 'string' }
  | { kind: 'xhtml' }
  /** A resource in an element that wraps it, such as `contained`. */
  | { kind: 'resource' }
  | { kind: 'elements'; structure: () => Structure };

/** A JSON property and its XML name, which are alike: `birthDate`, `valueQuantity`. */
export interface Field {
  name: string;
  /** Position among its siblings in the specification. */
  order: number;
  /** Element name in FHIRPath: `value` of `valueQuantity`. */
  step: string;
  repeats: boolean;
  content: Content;
}

/** The fields of a resource, data type or backbone element, in the order of the specification. */
export type Structure = ReadonlyMap<string, Field>;

const byType = new Map<string, Structure>();
const byPath = new Map<string, Structure>();
let resources: ReadonlySet<string> | undefined;

/** The structure of a resource type, undefined when R4 has none of that name. */
export function resourceStructure(type: string): Structure | undefined {
  resources ??= resourceTypes(loadDefinitions());
  return resources.has(type) ? typeStructure(type) : undefined;
}

/** The structure of what a primitive element has beside its value: an id and extensions. */
export function companionStructure(): Structure {
  return typeStructure('Element');
}

function typeStructure(type: string): Structure {
  let structure = byType.get(type);
  if (structure === undefined) {
    const definition = typeDefinition(loadDefinitions(), type);
    structure = fieldsOf(definition?.elements ?? [], type, definition?.kind === 'resource');
    byType.set(type, structure);
  }
  return structure;
}

function fieldsOf(elements: readonly ElementDefinition[], type: string, ofResource = false): Structure {
  const fields = new Map<string, Field>();
  for (const element of elements) {
    const { name: step, array: repeats, types } = element;
    for (const code of types.length === 0 ? [''] : types.map((each) => each.code)) {
      const name = propertyName(element, code);
      const isAttribute = (step === 'id' && !ofResource) || (step === 'url' && type === 'Extension');
      const content: Content = isAttribute ? { kind: 'attribute' } : contentOf(element, code);
      fields.set(name, { name, order: fields.size, step, repeats, content });
    }
  }
  return fields;
}

function contentOf(element: ElementDefinition, code: string): Content {
  if (code === 'Resource') return { kind: 'resource' };
  if (code === 'xhtml') return { kind: 'xhtml' };
  if (typeDefinition(loadDefinitions(), code)?.kind === 'primitive-type') {
    return { kind: 'primitive', json: jsonTypes[code] ?? 'string' };
  }
  return { kind: 'elements', structure: structureOf(element, code) };
}

/** Resolved when the first value comes, for types contain each other. */
function structureOf(element: ElementDefinition, code: string): () => Structure {
  const { contentReference } = element;
  if (contentReference !== undefined) return () => referredStructure(contentReference);
  if (element.elements === undefined) return () => typeStructure(code);
  let structure: Structure | undefined;
  return () => {
    structure ??= fieldsOf(childElements(loadDefinitions(), element), code);
    return structure;
  };
}

function referredStructure(path: string): Structure {
  let structure = byPath.get(path);
  if (structure === undefined) {
    const element = elementAt(loadDefinitions(), path);
    structure = element === undefined ? new Map() : fieldsOf(childElements(loadDefinitions(), element), '');
    byPath.set(path, structure);
  }
  return structure;
}

/** The primitive types whose JSON value is no string (json.html#primitive). */
const jsonTypes: Readonly<Record<string, 'boolean' | 'number'>> = {
  boolean: 'boolean',
  decimal: 'number',
  integer: 'number',
  positiveInt: 'number',
  unsignedInt: 'number',
};
