import { decimalText } from '../json.ts';
import type { Resource } from '../resource.ts';
import { embeddedDiv } from './narrative.ts';
import {
  companionStructure,
  type Field,
  fhirNamespace,
  resourceStructure,
  type Structure,
} from './structure.ts';
import { attributeText } from './text.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

/**
 * Writes a resource as FHIR XML (xml.html): its elements in the order of the specification, decimals digit for digit.
 * @param pretty one element a line, indented
 * @throws Error on a property that R4 does not define, which no stored resource has
 */
export function writeXml(resource: Resource, pretty = false): string {
  const writer = new Writer(pretty);
  writer.resource(resource, ` xmlns=${attributeText(fhirNamespace)}`);
  return declaration + writer.text;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** A field that an object has: its value, and what stands beside a primitive value. */
interface Present {
  field: Field;
  value?: unknown;
  companion?: unknown;
}

class Writer {
  readonly pretty: boolean;
  text = '';
  depth = 0;

  constructor(pretty: boolean) {
    this.pretty = pretty;
  }

  resource(resource: Resource, attributes = ''): void {
    const { resourceType, ...elements } = resource;
    const structure = resourceStructure(resourceType);
    if (structure === undefined) throw new Error('a resource of a type that R4 does not have');
    this.object(resourceType, elements, structure, attributes);
  }

  object(name: string, object: JsonObject, structure: Structure, outerAttributes = ''): void {
    let attributes = outerAttributes;
    const children: Present[] = [];
    for (const found of presentFields(object, structure)) {
      if (found.field.content.kind !== 'attribute') children.push(found);
      else attributes += ` ${found.field.name}=${attributeText(String(found.value))}`;
    }
    this.element(name, attributes, children);
  }

  element(name: string, attributes: string, children: readonly Present[]): void {
    this.line(`<${name}${attributes}${children.length === 0 ? '/>' : '>'}`);
    if (children.length === 0) return;
    this.depth++;
    for (const child of children) this.field(child);
    this.depth--;
    this.line(`</${name}>`);
  }

  field({ field, value, companion }: Present): void {
    const values = listOf(value);
    const companions = listOf(companion);
    for (let index = 0; index < Math.max(values.length, companions.length); index++) {
      this.value(field, values[index] ?? undefined, companions[index] ?? undefined);
    }
  }

  value({ name, content }: Field, value: unknown, companion: unknown): void {
    switch (content.kind) {
      case 'attribute':
        return;
      case 'primitive':
        if (value !== undefined || companion !== undefined) this.primitive(name, value, companion);
        return;
      case 'xhtml':
        if (value !== undefined) this.line(embeddedDiv(String(value)));
        return;
      case 'resource':
        this.line(`<${name}>`);
        this.depth++;
        this.resource(value as Resource);
        this.depth--;
        this.line(`</${name}>`);
        return;
      case 'elements':
        this.object(name, value as JsonObject, content.structure());
    }
  }

  primitive(name: string, value: unknown, companion: unknown): void {
    const attribute =
      value === undefined ? '' : ` value=${attributeText(decimalText(value) ?? String(value))}`;
    const { id, ...others } = (companion ?? {}) as JsonObject;
    const idAttribute = id === undefined ? '' : ` id=${attributeText(String(id))}`;
    this.element(name, idAttribute + attribute, presentFields(others, companionStructure()));
  }

  line(text: string): void {
    if (this.pretty) this.text += `\n${'  '.repeat(this.depth)}`;
    this.text += text;
  }
}

function presentFields(object: JsonObject, structure: Structure): Present[] {
  const found: Present[] = [];
  let hasCompanion = false;
  let isOrdered = true;
  let last = -1;
  for (const key of Object.keys(object)) {
    if (object[key] === undefined) continue;
    const isCompanion = key.startsWith('_');
    const field = structure.get(isCompanion ? key.slice(1) : key);
    if (field === undefined) throw new Error('a property that R4 does not define');
    hasCompanion ||= isCompanion;
    let present = hasCompanion ? found.find((each) => each.field === field) : undefined;
    if (present === undefined) {
      present = { field };
      found.push(present);
    }
    present[isCompanion ? 'companion' : 'value'] = object[key];
    isOrdered &&= field.order >= last;
    last = field.order;
  }
  return isOrdered ? found : found.sort((left, right) => left.field.order - right.field.order);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
