import fc, { type GeneratorValue } from 'fast-check';
import { childElements, loadDefinitions, typeDefinition } from '../../../src/fhir/definitions/load.ts';
import type { ElementDefinition } from '../../../src/fhir/definitions/model.ts';
import { parseJson } from '../../../src/fhir/json.ts';
import type { Resource } from '../../../src/fhir/resource.ts';

type JsonObject = Record<string, unknown>;

/** Beyond this depth a generated object has its mandatory elements alone. */
const fullDepth = 2;
/** Beyond this depth there is not even what a definition asks for: some types ask for themselves. */
const greatestDepth = 7;

const definitions = loadDefinitions();

/** Any text that JSON and XML can hold, what either must escape above all. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !hasControl(value)),
  fc.constantFrom('a & b', '<b>', '"quoted"', "l'été", ' \t two\n lines\r ', ']]>', '&#38;', '😀', '\u00a0'),
);
const number = fc.constantFrom('0', '-1', '1.10', '100.00', '1e3', '-2.5E-7', '0.12345678901234567890', '7');
const narrative = fc.constantFrom(
  '<div xmlns="http://www.w3.org/1999/xhtml">text &amp; <b>bold</b></div>',
  '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><p class=\'x\'>été<br/></p><!-- note --></div>',
  '<div\n  xmlns="http://www.w3.org/1999/xhtml"\n/>',
  '<div xmlns="http://www.w3.org/1999/xhtml"><div><![CDATA[<raw>]]></div>\n</div>',
);

/** A resource of a type with any elements that its definition allows, in the order of the specification. */
export function generatedResource(type: string): fc.Arbitrary<Resource> {
  return fc.gen().map((draw) => resourceOf(type, draw, 0));
}

function resourceOf(resourceType: string, draw: GeneratorValue, depth: number): Resource {
  const elements = typeDefinition(definitions, resourceType)?.elements ?? [];
  return { resourceType, ...objectOf(elements, draw, depth, resourceType) };
}

function objectOf(
  elements: readonly ElementDefinition[],
  draw: GeneratorValue,
  depth: number,
  owner: string,
): JsonObject {
  const object: JsonObject = {};
  for (const element of elements) {
    if (element.max === 0 || !isWanted(element, draw, depth)) continue;
    const { types, choice, array } = element;
    const code = types.length === 0 ? '' : draw(fc.constantFrom, ...types.map((each) => each.code));
    const name = choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
    const isPrimitive = typeDefinition(definitions, code)?.kind === 'primitive-type';
    const count = array ? draw(fc.integer, { min: 1, max: 2 }) : 1;
    if (
      isPrimitive &&
      code !== 'xhtml' &&
      element.name !== 'id' &&
      !(owner === 'Extension' && name === 'url')
    ) {
      addPrimitives(object, name, array, count, code, draw, depth);
      continue;
    }
    const values = Array.from({ length: count }, () => elementValue(element, code, draw, depth));
    if (values.every((value) => Object.keys(value as object).length === 0 && typeof value === 'object'))
      continue;
    object[name] = array ? values : values[0];
  }
  return object;
}

function isWanted({ min }: ElementDefinition, draw: GeneratorValue, depth: number): boolean {
  if (depth > greatestDepth) return false;
  if (min > 0) return true;
  return depth <= fullDepth && draw(fc.integer, { min: 0, max: 3 + depth * 3 }) === 0;
}

function elementValue(
  element: ElementDefinition,
  code: string,
  draw: GeneratorValue,
  depth: number,
): unknown {
  if (code === 'Resource') return resourceOf(draw(fc.constantFrom, 'Patient', 'Basic'), draw, depth + 1);
  if (code === 'xhtml') return draw(() => narrative);
  if (typeDefinition(definitions, code)?.kind === 'primitive-type') return draw(() => text);
  return objectOf(childElements(definitions, element, code), draw, depth + 1, code);
}

/** Values, of which some are absent and have an id or extension in their place, some have both. */
function addPrimitives(
  object: JsonObject,
  name: string,
  array: boolean,
  count: number,
  code: string,
  draw: GeneratorValue,
  depth: number,
): void {
  const values: unknown[] = [];
  const companions: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const kind =
      depth > fullDepth ? 'value' : draw(fc.constantFrom, 'value', 'value', 'value', 'companion', 'both');
    values.push(kind === 'companion' ? null : primitiveOf(code, draw));
    companions.push(kind === 'value' ? null : companionOf(draw));
  }
  if (values.some((value) => value !== null)) object[name] = array ? values : values[0];
  if (companions.some((companion) => companion !== null)) {
    object[`_${name}`] = array ? companions : companions[0];
  }
}

function companionOf(draw: GeneratorValue): JsonObject {
  const extension = [{ url: draw(() => text), valueString: draw(() => text) }];
  return draw(fc.constantFrom, { id: 'a' }, { extension }, { id: 'b', extension });
}

function primitiveOf(code: string, draw: GeneratorValue): unknown {
  switch (code) {
    case 'boolean':
      return draw(fc.boolean);
    case 'decimal':
      return parseJson(draw(() => number));
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return draw(fc.integer);
    default:
      return draw(() => text);
  }
}

function hasControl(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that FHIR and XML forbid.
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value);
}
