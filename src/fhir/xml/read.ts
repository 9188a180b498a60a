import { isUtf8 } from 'node:buffer';
import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';
import { FhirError, type Issue } from '../error.ts';
import { parseJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { noteMisplaced } from './order.ts';
import {
  companionStructure,
  type Field,
  fhirNamespace,
  resourceStructure,
  type Structure,
  xhtmlNamespace,
} from './structure.ts';

/** As many levels as a JSON document may have, so that what is read as XML can be read as JSON. */
const defaultMaxDepth = 64;
/** Elements out of order that are told. */
const mostMisplaced = 100;
/** Characters that are read between two pauses. */
const stepLength = 32_768;
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
const schemaInstanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';
const elementName = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Reads a resource from FHIR XML (xml.html) into the form that JSON has: elements in the order of the specification
 * whatever their order in the document (which `misplacedElements` tells), decimals digit for digit, the narrative as its
 * markup. Whether required elements are there and values are valid is left to the validation, as with JSON.
 * @param options.maxDepth how many objects and arrays of its JSON form may be open at once, 64 unless told
 * @throws FhirError 400 `structure` on malformed XML, a document type declaration, a foreign namespace, an unknown
 *   element or attribute, text outside the narrative, a second value of an element that does not repeat, or too deep
 *   nesting; `value` on what is no number or boolean where one is expected. Its text has the line and column, and
 *   never content of the document.
 */
export function readXml(bytes: Buffer, options: { maxDepth?: number } = {}): Resource {
  return readerOf(bytes, options).read();
}

/**
 * Reads as `readXml` does, with pauses within the document.
 * @param pause resolves when the work may go on
 */
export async function readXmlInSteps(
  bytes: Buffer,
  pause: () => Promise<void>,
  options: { maxDepth?: number } = {},
): Promise<Resource> {
  return readerOf(bytes, options).readInSteps(pause);
}

function readerOf(bytes: Buffer, { maxDepth = defaultMaxDepth }: { maxDepth?: number }): Reader {
  if (!isUtf8(bytes)) throw refusal('structure', 'the text is not valid UTF-8');
  return new Reader(bytes.toString('utf8').replace(/^\ufeff/, ''), maxDepth);
}

function refusal(
  code: 'structure' | 'value',
  problem: string,
  place: Pick<Issue, 'expression' | 'position'> = {},
): FhirError {
  const diagnostics = `Malformed XML: ${problem}`;
  return new FhirError(400, [{ severity: 'error', code, diagnostics, ...place }]);
}

/** What one XML element holds: the value of a JSON property, and what stands beside it when it is primitive. */
interface Occurrence {
  value?: unknown;
  companion?: Record<string, unknown>;
}

/** An element that is open. */
interface Frame {
  /** FHIRPath from the root. */
  path: string;
  /** Objects and arrays that are open in JSON within the element. */
  depth: number;
  /** Absent on the root and on a resource within its wrapper. */
  field?: Field;
  /** Resource type, where the element is a resource. */
  resourceType?: string;
  /** Its children may be these; absent on a wrapper of a resource. */
  structure?: Structure;
  /** The children that are complete, by field name. */
  found: Map<string, Occurrence[]>;
  /** Position in the specification of the last child. */
  order?: number;
  /** The attribute `value` of a primitive element. */
  text?: string;
  /** The resource that a wrapper holds. */
  resource?: Resource;
}

interface OpenNarrative {
  start: number;
  depth: number;
}

class Reader {
  readonly text: string;
  readonly maxDepth: number;
  readonly parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  readonly frames: Frame[] = [];
  narrative: OpenNarrative | undefined;
  root: Resource | undefined;
  readonly misplaced: string[] = [];

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
        throw this.error('the encoding must be UTF-8');
    });
    this.parser.on('doctype', () => {
      throw this.error('a document type declaration is not allowed');
    });
    this.parser.on('opentag', (tag) => this.open(tag));
    this.parser.on('closetag', () => this.close());
    this.parser.on('text', (text) => this.characters(text));
    this.parser.on('cdata', (text) => this.characters(text));
  }

  read(): Resource {
    this.parse(() => this.parser.write(this.text).close());
    return this.result();
  }

  async readInSteps(pause: () => Promise<void>): Promise<Resource> {
    for (let start = 0; start < this.text.length; start += stepLength) {
      this.parse(() => this.parser.write(this.text.slice(start, start + stepLength)));
      await pause();
    }
    this.parse(() => this.parser.close());
    return this.result();
  }

  parse(work: () => void): void {
    try {
      work();
    } catch (error) {
      // The parser's own messages quote the document.
      throw error instanceof FhirError ? error : this.error('the document is not well-formed');
    }
  }

  result(): Resource {
    if (this.root === undefined) throw this.error('a resource is expected');
    return this.root;
  }

  open(tag: SaxesTagNS): void {
    if (this.narrative !== undefined) {
      this.checkNarrative(tag);
      if (++this.narrative.depth > this.maxDepth)
        throw this.error(`too deep, more than ${this.maxDepth} levels`);
      return;
    }
    const parent = this.frames.at(-1);
    if (parent === undefined) this.openResource(tag, tag.local, 1);
    else if (parent.structure === undefined) {
      if (parent.resource !== undefined) throw this.error('a second resource in one element', parent.path);
      this.openResource(tag, parent.path, parent.depth);
    } else this.openField(tag, parent, parent.structure);
  }

  openResource(tag: SaxesTagNS, path: string, depth: number): void {
    this.checkNamespace(tag, this.frames.at(-1)?.path);
    const structure = resourceStructure(tag.local);
    if (structure === undefined) {
      throw this.error('R4 has no resource type of the name of this element', this.frames.at(-1)?.path);
    }
    this.enter({ path, depth, resourceType: tag.local, structure, found: new Map() });
    for (const attribute of ownAttributes(tag)) throw this.unknownAttribute(attribute, path);
  }

  openField(tag: SaxesTagNS, parent: Frame, structure: Structure): void {
    const field = structure.get(tag.local);
    if (field === undefined || field.content.kind === 'attribute') {
      const name = elementName.test(tag.local) ? tag.local : '?';
      throw this.error('an unknown element', `${parent.path}.${name}`);
    }
    const { name, step, repeats, content } = field;
    const index = parent.found.get(name)?.length ?? 0;
    const path = `${parent.path}.${step}${repeats ? `[${index}]` : ''}`;
    if (index > 0 && !repeats) throw this.error('a second value of an element that does not repeat', path);
    if (field.order >= (parent.order ?? 0)) parent.order = field.order;
    else if (this.misplaced.length < mostMisplaced) this.misplaced.push(path);
    if (content.kind === 'xhtml') {
      this.openNarrative(tag, path);
      return;
    }
    this.checkNamespace(tag, path);
    const depth = parent.depth + (repeats ? 2 : 1);
    const frame: Frame = { path, depth, field, found: new Map() };
    switch (content.kind) {
      case 'primitive':
        frame.structure = companionStructure();
        this.readAttributes(tag, frame, true);
        break;
      case 'elements':
        frame.structure = content.structure();
        this.readAttributes(tag, frame, false);
        break;
      case 'resource':
        for (const attribute of ownAttributes(tag)) throw this.unknownAttribute(attribute, path);
    }
    this.enter(frame);
  }

  readAttributes(tag: SaxesTagNS, frame: Frame, isPrimitive: boolean): void {
    for (const attribute of ownAttributes(tag)) {
      const { local, value, uri } = attribute;
      if (isPrimitive && local === 'value' && uri === '') frame.text = value;
      else if (uri === '' && frame.structure?.get(local)?.content.kind === 'attribute') {
        frame.found.set(local, [{ value }]);
      } else throw this.unknownAttribute(attribute, frame.path);
    }
  }

  enter(frame: Frame): void {
    const isPlainValue = frame.field?.content.kind === 'primitive' && frame.found.size === 0;
    if (frame.depth - (isPlainValue ? 1 : 0) > this.maxDepth)
      throw this.error(`too deep, more than ${this.maxDepth} levels`, frame.path);
    this.frames.push(frame);
  }

  close(): void {
    if (this.narrative !== undefined) {
      if (--this.narrative.depth === 0) this.closeNarrative(this.narrative.start);
      return;
    }
    const frame = this.frames.pop()!;
    const parent = this.frames.at(-1);
    if (frame.resourceType !== undefined) {
      const { path, resourceType } = frame;
      const resource = { resourceType, ...objectOf(frame) };
      const within = this.misplaced.filter((other) => other.startsWith(`${path}.`));
      if (within.length > 0) {
        noteMisplaced(
          resource,
          within.map((other) => resourceType + other.slice(path.length)),
        );
      }
      if (parent === undefined) this.root = resource;
      else parent.resource = resource;
    } else if (frame.field !== undefined && parent !== undefined) {
      add(parent, frame.field, this.occurrence(frame, frame.field));
    }
  }

  occurrence(frame: Frame, { content }: Field): Occurrence {
    if (content.kind === 'elements') return { value: objectOf(frame) };
    if (content.kind === 'resource') {
      if (frame.resource === undefined) throw this.error('a resource is expected', frame.path);
      return { value: frame.resource };
    }
    const occurrence: Occurrence = {};
    if (frame.text !== undefined) occurrence.value = this.primitiveValue(frame.text, frame);
    if (frame.found.size > 0) occurrence.companion = objectOf(frame);
    else if (frame.text === undefined) throw this.error('an element without value and extension', frame.path);
    return occurrence;
  }

  primitiveValue(text: string, { field, path }: Frame): unknown {
    const json = field?.content.kind === 'primitive' ? field.content.json : 'string';
    if (json === 'string') return text;
    if (json === 'boolean' ? text !== 'true' && text !== 'false' : !jsonNumber.test(text)) {
      const expected = json === 'boolean' ? 'true or false' : 'a number';
      throw this.error(`${expected} is expected`, path, 'value');
    }
    return parseJson(text);
  }

  openNarrative(tag: SaxesTagNS, path: string): void {
    if (tag.uri !== xhtmlNamespace) throw this.error('the div must be in the namespace of XHTML', path);
    if (tag.attributes['xmlns'] === undefined) {
      throw this.error('the div must declare the namespace of XHTML itself', path);
    }
    this.checkNarrative(tag);
    // An attribute value holds no <, so this one starts the tag.
    this.narrative = { start: this.text.lastIndexOf('<', this.parser.position - 1), depth: 1 };
  }

  closeNarrative(start: number): void {
    this.narrative = undefined;
    const parent = this.frames.at(-1)!;
    const field = parent.structure!.get('div')!;
    add(parent, field, { value: this.text.slice(start, this.parser.position) });
  }

  /** The markup is kept as it is, so that it must not lean on declarations outside of it. */
  checkNarrative(tag: SaxesTagNS): void {
    const isForeign = tag.uri !== xhtmlNamespace || tag.prefix !== '';
    if (isForeign || Object.values(tag.attributes).some(({ prefix }) => !/^(?:xml|xmlns)?$/.test(prefix))) {
      throw this.error('the narrative must be XHTML without namespace prefixes', this.frames.at(-1)?.path);
    }
  }

  checkNamespace(tag: SaxesTagNS, path: string | undefined): void {
    if (tag.uri !== fhirNamespace) throw this.error(`the namespace must be ${fhirNamespace}`, path);
  }

  characters(text: string): void {
    if (this.narrative === undefined && /[^ \t\r\n]/.test(text)) {
      throw this.error('text outside of the narrative', this.frames.at(-1)?.path);
    }
  }

  unknownAttribute({ local }: SaxesAttributeNS, path: string): FhirError {
    return this.error('an unknown attribute', elementName.test(local) ? `${path}.${local}` : path);
  }

  error(problem: string, expression?: string, code: 'structure' | 'value' = 'structure'): FhirError {
    const { line, column } = this.parser;
    return refusal(code, `${problem}, line ${line} column ${column}`, {
      position: { line, column },
      ...(expression === undefined ? {} : { expression }),
    });
  }
}

/** The attributes of a tag but its namespace declarations and the hint on a schema. */
function ownAttributes(tag: SaxesTagNS): SaxesAttributeNS[] {
  return Object.values(tag.attributes).filter(
    ({ uri, local }) =>
      uri !== xmlnsNamespace && !(uri === schemaInstanceNamespace && local === 'schemaLocation'),
  );
}

function add(parent: Frame, { name }: Field, occurrence: Occurrence): void {
  const found = parent.found.get(name);
  if (found === undefined) parent.found.set(name, [occurrence]);
  else found.push(occurrence);
}

/** The JSON object of an element whose children are complete, in the order of the specification. */
function objectOf({ structure, found }: Frame): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, repeats } of structure?.values() ?? []) {
    const occurrences = found.get(name);
    if (occurrences === undefined) continue;
    const values = occurrences.map(({ value }) => value ?? null);
    const companions = occurrences.map(({ companion }) => companion ?? null);
    if (values.some((value) => value !== null)) object[name] = repeats ? values : values[0];
    if (companions.some((companion) => companion !== null)) {
      object[`_${name}`] = repeats ? companions : companions[0];
    }
  }
  return object;
}
