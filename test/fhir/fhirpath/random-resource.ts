import { childElements, loadDefinitions, typeDefinition } from '../../../src/fhir/definitions/load.ts';
import type { ElementDefinition } from '../../../src/fhir/definitions/model.ts';
import type { Resource } from '../../../src/fhir/resource.ts';

type JsonObject = Record<string, unknown>;

const definitions = loadDefinitions();

const values: Readonly<Record<string, readonly unknown[]>> = {
  boolean: [true, false],
  integer: [-1, 0, 1, 2, 3],
  unsignedInt: [0, 1, 2],
  positiveInt: [1, 2, 9],
  decimal: [-0.5, 0, 1, 1.5, 100, 101],
  date: ['2020', '2020-02', '2020-02-29', '2021-01-01'],
  dateTime: [
    '2020',
    '2020-02',
    '2020-02-29',
    '2020-02-29T10:00:00Z',
    '2020-02-29T12:00:00+02:00',
    '2021-01-01T00:00:00.5Z',
  ],
  instant: ['2020-02-29T10:00:00Z', '2020-02-29T10:00:00.250+01:00', '2021-01-01T00:00:00Z'],
  time: ['10:00:00', '23:59:59.9'],
  base64Binary: ['AAAA'],
  xhtml: ['<div xmlns="http://www.w3.org/1999/xhtml">x</div>'],
  uri: ['urn:x', 'http://unitsofmeasure.org', '#c', '#', 'urn:iso:std:iso:4217'],
  url: ['http://example.org/x', '#c'],
  canonical: ['http://example.org/x', '#c', '#d'],
  id: ['a', 'b', 'c'],
};

/** A step names an element, a choice with or without its type. */
function isStepTo({ name, choice, types }: ElementDefinition, step: string): boolean {
  return (
    step === name || (choice && (step === `${name}[x]` || types.some(({ code }) => step === name + code)))
  );
}

/** Resources with random elements, the same ones for the same seed; texts come from a list, so that some are equal. */
export class RandomResources {
  readonly #texts: readonly string[];
  #state: number;

  constructor(texts: readonly string[], seed: number) {
    this.#texts = texts;
    this.#state = seed;
  }

  /** @param path elements on this path, such as `Patient.contact.name`, are there more often than others */
  resource(path: string, depth = 0): Resource {
    const [type = ''] = path.split('.', 1);
    const elements = typeDefinition(definitions, type)?.elements ?? [];
    return { resourceType: type, ...this.#object(elements, path.split('.').slice(1), depth) };
  }

  #object(elements: readonly ElementDefinition[], path: readonly string[], depth: number): JsonObject {
    const object: JsonObject = {};
    for (const element of elements) {
      const isNext = path[0] !== undefined && isStepTo(element, path[0]);
      const chance = isNext ? 0.9 : path.length === 0 ? 0.45 / (depth / 2 + 1) : 0.15 / (depth + 1);
      if (element.max === 0 || depth > 6 || this.#next() > chance) continue;
      this.#add(object, element, isNext ? path : [], depth + 1);
    }
    return object;
  }

  #add(object: JsonObject, element: ElementDefinition, path: readonly string[], depth: number): void {
    const { name, types, choice, array } = element;
    const [step, ...rest] = path;
    const wanted = types.filter(({ code }) => step === name + code);
    const { code } =
      types.length === 0 ? { code: 'BackboneElement' } : this.#oneOf(wanted.length > 0 ? wanted : types);
    const key = choice ? name + code.charAt(0).toUpperCase() + code.slice(1) : name;
    const isPrimitive = typeDefinition(definitions, code)?.kind === 'primitive-type';
    const count = array ? 1 + Math.floor(this.#next() * 3) : 1;
    const entries = Array.from({ length: count }, () =>
      isPrimitive ? this.#primitive(element, code) : this.#complex(element, code, rest, depth),
    ).filter((entry) => isPrimitive || Object.keys(entry as object).length > 0);
    if (entries.length === 0) return;
    const hasCompanions =
      isPrimitive && name !== 'id' && name !== 'url' && code !== 'xhtml' && this.#next() < 0.2;
    const companions = entries.map(() =>
      this.#next() < 0.5 ? { id: 'k' } : { extension: [{ url: 'urn:x' }] },
    );
    const isWithoutValue = hasCompanions && !array && this.#next() < 0.5;
    if (!isWithoutValue) object[key] = array ? entries : entries[0];
    if (hasCompanions) object[`_${key}`] = array ? companions : companions[0];
  }

  #complex(element: ElementDefinition, code: string, path: readonly string[], depth: number): unknown {
    if (code === 'Resource')
      return this.resource([this.#oneOf(['Patient', 'Basic', 'List']), ...path].join('.'), depth + 1);
    return this.#object(childElements(definitions, element, code), path, depth);
  }

  #primitive({ name, binding }: ElementDefinition, code: string): unknown {
    // No reference to a contained resource: implementations differ on the type of the URL of an extension.
    if (name === 'url') return this.#oneOf(['urn:x', 'urn:y']);
    if (code === 'code' && binding?.strength === 'required' && this.#next() < 0.7) {
      const codes = Object.values(definitions.valueSets[binding.valueSet]?.systems ?? {}).flatMap(
        (all) => all ?? [],
      );
      if (codes.length > 0) return this.#oneOf(codes);
    }
    return this.#oneOf(values[code] ?? this.#texts);
  }

  #oneOf<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#next() * items.length)] as Item;
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
