import { decimalValue } from '../decimal.ts';
import { childElements, typeDefinition } from '../definitions/load.ts';
import type { ElementDefinition, R4Definitions } from '../definitions/model.ts';
import { propertyName } from '../definitions/property-name.ts';
import { fhirError } from '../error.ts';
import type { Syntax } from '../fhirpath/syntax.ts';

/** An element of a resource and the place where it stands, so that it can be changed there. */
export interface Location {
  /** `undefined` for a primitive that has extensions alone. */
  value: unknown;
  /** Type name: `Patient`, `HumanName`, `date`, `BackboneElement`. */
  type: string;
  elements: readonly ElementDefinition[];
  /** Absent for the resource itself. */
  place?: Place;
}

export interface Place {
  element: ElementDefinition;
  /** The object that holds the element. */
  holder: Holder;
  /** Its property: `birthDate`, `valueQuantity`. */
  key: string;
  /** Position in the list, where the element repeats. */
  index?: number;
}

export type Holder = Record<string, unknown>;

/** Finds elements by the simple FHIRPath that the paths of a patch are limited to (fhirpatch.html). */
export class Locator {
  readonly #definitions: R4Definitions;

  constructor(definitions: R4Definitions) {
    this.#definitions = definitions;
  }

  /** The resource itself as a location. */
  root(resource: Holder): Location {
    const type = String(resource['resourceType']);
    return { value: resource, type, elements: typeDefinition(this.#definitions, type)?.elements ?? [] };
  }

  /**
   * The elements that a path finds.
   * @throws FhirError 422 on an element that the type does not have and on anything beyond steps, indexes, `where`,
   *   `ofType`, `as`, `extension`, `first` and `last`
   */
  find(syntax: Syntax, focus: readonly Location[]): Location[] {
    switch (syntax.kind) {
      case 'this':
        return [...focus];
      case 'member':
        return this.#member(syntax.operand, syntax.name, focus);
      case 'index':
        return this.find(syntax.operand, focus).slice(syntax.index, syntax.index + 1);
      case 'type':
        if (syntax.operator === 'as') return this.#ofType(this.find(syntax.operand, focus), syntax.type);
        throw unsupported();
      case 'call':
        return this.#call(syntax, focus);
      default:
        throw unsupported();
    }
  }

  /** @throws FhirError 422 when the type of the location has no such element */
  element({ elements, type }: Location, name: string): ElementDefinition {
    const element = elements.find((candidate) => candidate.name === name);
    if (element === undefined) throw fhirError(422, 'processing', `${type} has no such element`);
    return element;
  }

  /** The properties that an element may have in its holder, a choice of types several, and their types. */
  keys(element: ElementDefinition): { key: string; type: string }[] {
    const types = element.types.length === 0 ? ['BackboneElement'] : element.types.map(({ code }) => code);
    return types.map((type) => ({ key: propertyName(element, type), type }));
  }

  childElements(element: ElementDefinition, type: string): readonly ElementDefinition[] {
    return childElements(this.#definitions, element, type === 'BackboneElement' ? undefined : type);
  }

  #member(operand: Syntax, name: string, focus: readonly Location[]): Location[] {
    if (operand.kind === 'this' && /^[A-Z]/.test(name)) return this.#ofType(focus, name);
    return this.find(operand, focus).flatMap((parent) => this.#children(parent, name));
  }

  #children(parent: Location, name: string): Location[] {
    const element = this.element(parent, name);
    const holder = holderOf(parent);
    if (holder === undefined) return [];
    return this.keys(element).flatMap(({ key, type }) => {
      const [value, companion] = [holder[key], holder[`_${key}`]];
      if (value === undefined && companion === undefined) return [];
      const place = { element, holder, key };
      if (!element.array) return [this.#location(element, type, value, place)];
      const items = Array.isArray(value) ? value : [];
      const length = Math.max(items.length, Array.isArray(companion) ? companion.length : 0);
      return Array.from({ length }, (_, index) =>
        this.#location(element, type, items[index] ?? undefined, { ...place, index }),
      );
    });
  }

  #location(element: ElementDefinition, type: string, value: unknown, place: Place): Location {
    const { resourceType } = (value ?? {}) as { resourceType?: unknown };
    if (type === 'Resource' && typeof resourceType === 'string')
      return { ...this.root(value as Holder), place };
    return { value, type, elements: this.childElements(element, type), place };
  }

  #call({ operand, name, parameters }: Syntax & { kind: 'call' }, focus: readonly Location[]): Location[] {
    const found = this.find(operand, focus);
    const [parameter] = parameters;
    if (parameter === undefined) {
      if (name === 'first') return found.slice(0, 1);
      if (name === 'last') return found.slice(-1);
      throw unsupported();
    }
    switch (name) {
      case 'where':
        return found.filter((location) => this.#holds(parameter, location));
      case 'ofType':
      case 'as':
        if (parameter.kind !== 'member' || parameter.operand.kind !== 'this') throw unsupported();
        return this.#ofType(found, parameter.name);
      case 'extension':
        if (parameter.kind !== 'literal') throw unsupported();
        return found
          .flatMap((location) => this.#children(location, 'extension'))
          .filter(({ value }) => (value as Holder | undefined)?.['url'] === parameter.value);
      default:
        throw unsupported();
    }
  }

  #ofType(locations: readonly Location[], type: string): Location[] {
    return locations.filter((location) => {
      let name: string | undefined = location.type;
      while (name !== undefined && name !== type) name = typeDefinition(this.#definitions, name)?.base;
      return name === type;
    });
  }

  #holds(criterion: Syntax, focus: Location): boolean {
    switch (criterion.kind) {
      case 'logic': {
        const left = this.#holds(criterion.left, focus);
        if (criterion.operator === 'and') return left && this.#holds(criterion.right, focus);
        return left || this.#holds(criterion.right, focus);
      }
      case 'equality': {
        if (criterion.right.kind !== 'literal') throw unsupported();
        const literal = criterion.right.value;
        const found = this.find(criterion.left, [focus]).map(({ value }) => value);
        if (found.length === 0) return false;
        const comparable = typeof literal === 'number' ? found.map(decimalValue) : found;
        return (found.length === 1 && comparable[0] === literal) !== criterion.negated;
      }
      case 'call':
        if (criterion.name === 'exists' && criterion.parameters.length === 0) {
          return this.find(criterion.operand, [focus]).length > 0;
        }
        if (criterion.name === 'empty' && criterion.parameters.length === 0) {
          return this.find(criterion.operand, [focus]).length === 0;
        }
        throw unsupported();
      default: {
        const found = this.find(criterion, [focus]);
        return found.length === 1 && found[0]!.value === true;
      }
    }
  }
}

/** The object that holds the children of an element: of a primitive that of the `_name` property. */
export function holderOf({ value, place }: Location): Holder | undefined {
  if (typeof value === 'object' && value instanceof Object) return value as Holder;
  if (place === undefined) return undefined;
  const companion = place.holder[`_${place.key}`];
  const found: unknown =
    place.index === undefined ? companion : (companion as unknown[] | undefined)?.[place.index];
  return found instanceof Object ? (found as Holder) : undefined;
}

function unsupported() {
  return fhirError(422, 'not-supported', 'the path goes beyond the simple FHIRPath of a patch');
}
