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
  for (const _ of writer.document(resource));
  return declaration + writer.text;
}

/**
 * Writes as `writeXml` does, with a pause after each value at the top, such as the entries of a Bundle.
 * @param pause resolves when the work may go on
 */
export async function writeXmlInSteps(
  resource: Resource,
  pause: () => Promise<void>,
  pretty = false,
): Promise<string> {
  const writer = new Writer(pretty);
  for (const _ of writer.document(resource)) await pause();
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

  /** Writes the outermost resource; yields after each value of its elements. */
  *document({ resourceType, ...elements }: Resource): Generator<undefined, void> {
    const children = presentFields(elements, structureOf(resourceType));
    this.open(resourceType, ` xmlns=${attributeText(fhirNamespace)}`, children);
    for (const child of children.flatMap(oneByOne)) {
      this.field(child);
      yield;
    }
    this.close(resourceType, children);
  }

  resource({ resourceType, ...elements }: Resource): void {
    this.object(resourceType, elements, structureOf(resourceType));
  }

  object(name: string, object: JsonObject, structure: Structure): void {
    let attributes = '';
    const children: Present[] = [];
    for (const found of presentFields(object, structure)) {
      if (found.field.content.kind !== 'attribute') children.push(found);
      else attributes += ` ${found.field.name}=${attributeText(String(found.value))}`;
    }
    this.element(name, attributes, children);
  }

  element(name: string, attributes: string, children: readonly Present[]): void {
    this.open(name, attributes, children);
    for (const child of children) this.field(child);
    this.close(name, children);
  }

  open(name: string, attributes: string, children: readonly Present[]): void {
    this.line(`<${name}${attributes}${children.length === 0 ? '/>' : '>'}`);
    this.depth++;
  }

  close(name: string, children: readonly Present[]): void {
    this.depth--;
    if (children.length > 0) this.line(`</${name}>`);
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

/** The values of a field apart, where none has anything beside it. */
function oneByOne(present: Present): Present[] {
  const { field, value, companion } = present;
  return companion === undefined ? listOf(value).map((each) => ({ field, value: each })) : [present];
}

function structureOf(resourceType: string): Structure {
  const structure = resourceStructure(resourceType);
  if (structure === undefined) throw new Error('a resource of a type that R4 does not have');
  return structure;
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
