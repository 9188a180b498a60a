import type { ElementDefinition, R4Definitions } from '../definitions/model.ts';
import { FhirError, fhirError } from '../error.ts';
import { FhirPathError } from '../fhirpath/error.ts';
import { parseFhirPath } from '../fhirpath/parse.ts';
import type { Syntax } from '../fhirpath/syntax.ts';
import type { Resource } from '../resource.ts';
import {
  deleteElement,
  insertElement,
  moveElement,
  type NewElement,
  replaceElement,
  setElement,
} from './edit-element.ts';
import { type Holder, holderOf, type Location, Locator } from './locate.ts';

/** The parser goes down the nesting of a path. */
const longestPath = 1000;

/**
 * Applies a FHIRPath Patch (fhirpatch.html) to a resource: all operations of the Parameters, in order, or none. The
 * resource is left as it is.
 * @throws FhirError 422 whose expression is the parameter of the operation at fault
 */
export function applyFhirPathPatch(
  resource: Resource,
  parameters: Resource,
  definitions: R4Definitions,
): Resource {
  const operations = parameters['parameter'];
  if (!Array.isArray(operations)) {
    throw fhirError(422, 'required', 'The patch holds no operation', 'Parameters.parameter');
  }
  const patched = copyOf(resource) as Resource;
  const patcher = new Patcher(patched, definitions);
  operations.forEach((operation: unknown, index) => {
    try {
      patcher.apply(operation);
    } catch (error) {
      throw placed(error, index);
    }
  });
  return patched;
}

function placed(error: unknown, index: number): unknown {
  // The text of a path may hold identity data, so it is not repeated.
  const problem =
    error instanceof FhirPathError
      ? 'the path is not FHIRPath that a patch may use'
      : error instanceof FhirError
        ? error.message
        : undefined;
  if (problem === undefined) return error;
  const code = error instanceof FhirError ? error.issues[0]!.code : 'invalid';
  const diagnostics = `Operation ${index} of the FHIRPath Patch: ${problem}`;
  return fhirError(422, code, diagnostics, `Parameters.parameter[${index}]`);
}

/** A copy whose objects and arrays may be changed; the numbers that keep their digits are shared. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!(value instanceof Object)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, copyOf(child)]));
}

type Part = Record<string, unknown>;

class Patcher {
  readonly #resource: Resource;
  readonly #locator: Locator;

  constructor(resource: Resource, definitions: R4Definitions) {
    this.#resource = resource;
    this.#locator = new Locator(definitions);
  }

  apply(operation: unknown): void {
    const parts = partsOf(operation, 'operation');
    const path = this.#path(text(parts, 'path'));
    switch (text(parts, 'type')) {
      case 'add':
        this.#add(this.#only(path), text(parts, 'name'), required(parts, 'value'));
        return;
      case 'insert': {
        const { holder, element } = this.#list(path);
        insertElement(holder, this.#newElement(element, required(parts, 'value')), integer(parts, 'index'));
        return;
      }
      case 'delete': {
        const [found, another] = this.#find(path);
        if (another !== undefined) throw refusal('the path finds several elements');
        // What is not there needs no deletion (fhirpatch.html).
        if (found !== undefined) deleteElement(placeOf(found));
        return;
      }
      case 'replace': {
        const place = placeOf(this.#only(path));
        replaceElement(place, this.#newElement(place.element, required(parts, 'value')));
        return;
      }
      case 'move': {
        const { holder, element } = this.#list(path);
        moveElement(holder, element.name, integer(parts, 'source'), integer(parts, 'destination'));
        return;
      }
      default:
        throw refusal('type must be one of add, insert, delete, replace, move');
    }
  }

  #path(path: string): Syntax {
    if (path.length > longestPath) throw refusal(`the path is longer than ${longestPath} characters`);
    return parseFhirPath(path);
  }

  #add(parent: Location, name: string, value: Part): void {
    const element = this.#locator.element(parent, name);
    const created = this.#newElement(element, value);
    const holder = this.#holder(parent);
    if (element.array) {
      insertElement(holder, created);
      return;
    }
    const isThere = this.#locator.keys(element).some(({ key }) => key in holder || `_${key}` in holder);
    if (isThere) throw refusal('the element is there already and does not repeat');
    setElement(holder, created);
  }

  /** The object that takes the children of an element; a primitive is given one. */
  #holder(parent: Location): Holder {
    const there = holderOf(parent);
    if (there !== undefined) return there;
    const place = placeOf(parent);
    const companion: Holder = {};
    replaceElement(place, { key: place.key, value: parent.value, companion });
    return companion;
  }

  /** A list and its element, whether or not it has an item yet. */
  #list(path: Syntax): { holder: Holder; element: ElementDefinition } {
    if (path.kind !== 'member') throw refusal('the path must end in the name of a list');
    const parent = this.#only(path.operand);
    const element = this.#locator.element(parent, path.name);
    if (!element.array) throw refusal('the element is no list');
    return { holder: this.#holder(parent), element };
  }

  #only(path: Syntax): Location {
    const [found, another] = this.#find(path);
    if (found === undefined) throw refusal('the path finds nothing');
    if (another !== undefined) throw refusal('the path finds several elements');
    return found;
  }

  #find(path: Syntax): Location[] {
    return this.#locator.find(path, [this.#locator.root(this.#resource)]);
  }

  /** The element that a part describes by its value, by the parts of a complex one, or by a resource. */
  #newElement(element: ElementDefinition, part: Part): NewElement {
    const keys = this.#locator.keys(element);
    const suffix = valueSuffix(part);
    const candidates = element.choice ? keys.filter(({ key }) => key === element.name + suffix) : keys;
    const [found] = candidates;
    if (found === undefined) throw refusal('the value is of no type that the element may have');
    const { key, type } = found;
    if (suffix !== undefined) {
      // A later operation may change what this one adds; the patch itself stays as it is, to be applied again.
      const [value, companion] = [copyOf(part[`value${suffix}`]), copyOf(part[`_value${suffix}`])];
      if ((value ?? companion ?? undefined) === undefined) throw refusal('the value is empty');
      return { key, value, companion };
    }
    if (part['resource'] !== undefined) return { key, value: copyOf(part['resource']) };
    return { key, value: this.#complexValue(element, type, part) };
  }

  #complexValue(element: ElementDefinition, type: string, part: Part): Holder {
    const value: Holder = {};
    const location: Location = { value, type, elements: this.#locator.childElements(element, type) };
    for (const [name, child] of namedParts(part, 'value')) this.#add(location, name, child);
    return value;
  }
}

/** The place of an element. @throws FhirError 422 for the resource, which has none */
function placeOf({ place }: Location) {
  if (place === undefined) throw refusal('the path must lead below the resource');
  return place;
}

function partsOf(operation: unknown, name: string): ReadonlyMap<string, Part> {
  if (!(operation instanceof Object) || (operation as Part)['name'] !== name) {
    throw refusal('every parameter must be an operation');
  }
  return new Map(namedParts(operation as Part, name));
}

function namedParts(parameter: Part, name: string): [string, Part][] {
  const parts = parameter['part'];
  if (!Array.isArray(parts) || parts.length === 0) throw refusal(`${name} needs a value or parts`);
  return parts.map((part: unknown) => {
    const partName = part instanceof Object ? (part as Part)['name'] : undefined;
    if (typeof partName !== 'string') throw refusal('a part needs a name');
    return [partName, part as Part];
  });
}

function required(parts: ReadonlyMap<string, Part>, name: string): Part {
  const part = parts.get(name);
  if (part === undefined) throw refusal(`it needs the part ${name}`);
  return part;
}

function text(parts: ReadonlyMap<string, Part>, name: string): string {
  const part = required(parts, name);
  const value = part['valueString'] ?? part['valueCode'];
  if (typeof value !== 'string') throw refusal(`${name} must be a string`);
  return value;
}

function integer(parts: ReadonlyMap<string, Part>, name: string): number {
  const part = required(parts, name);
  const value = part['valueInteger'] ?? part['valueUnsignedInt'] ?? part['valuePositiveInt'];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw refusal(`${name} must be a whole number from 0`);
  }
  return value;
}

/** `Quantity` of `valueQuantity`, of the value or of its extensions alone. */
function valueSuffix(part: Part): string | undefined {
  const names = new Set(Object.keys(part).flatMap((name) => /^_?value([A-Z]\w*)$/.exec(name)?.[1] ?? []));
  if (names.size > 1) throw refusal('a part has one value');
  return [...names][0];
}

function refusal(problem: string): FhirError {
  return fhirError(422, 'processing', problem);
}
