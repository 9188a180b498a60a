import { childElements, elementAt, resourceTypes, typeDefinition } from '../fhir/definitions/load.ts';
import type { ElementDefinition, ElementType, R4Definitions } from '../fhir/definitions/model.ts';
import { propertyName } from '../fhir/definitions/property-name.ts';
import { requiredBindingCheck } from './bindings.ts';
import { type Check, inTurn } from './context.ts';
import { valueOrExtensions } from './extensions.ts';
import { type ObjectRules, objectCheck, type Property, type RequiredElement } from './objects.ts';
import { primitiveFormats } from './primitive-formats.ts';
import { type PropertyCheck, repeated, repeatedCompanion, repeatedPrimitive, single } from './properties.ts';
import { referenceCheck } from './references.ts';
import { containedResourceCheck, resourceCheck } from './resources.ts';

/**
 * Compiles the definitions of types into checks: each type when its first value comes, and once. Recursive types
 * meet through the cache.
 */
export class CheckCompiler {
  readonly #definitions: R4Definitions;
  readonly #resourceTypes: ReadonlySet<string>;
  readonly #byType = new Map<string, Check>();
  readonly #companions = new Map<string, Check>();
  readonly #byContentReference = new Map<string, Check>();
  /** A resource of whatever type, not contained in another one. */
  readonly resource: Check;
  readonly #contained: Check;

  constructor(definitions: R4Definitions) {
    this.#definitions = definitions;
    this.#resourceTypes = resourceTypes(definitions);
    const ofType = (type: string) => (this.#resourceTypes.has(type) ? this.#typeCheck(type) : undefined);
    this.resource = resourceCheck(ofType);
    this.#contained = containedResourceCheck(ofType);
  }

  #typeCheck(type: string): Check {
    return cached(this.#byType, type, () => {
      const format = primitiveFormats[type];
      if (format) {
        return (value, context) => {
          const problem = format(value);
          if (problem) context.report(problem.code, problem.diagnostics);
        };
      }
      const definition = typeDefinition(this.#definitions, type);
      const check = objectCheck(() =>
        this.#objectRules(type, definition?.elements ?? [], definition?.kind === 'resource'),
      );
      return type === 'Extension' ? inTurn(check, valueOrExtensions) : check;
    });
  }

  #objectRules(type: string, elements: readonly ElementDefinition[], isResource = false): ObjectRules {
    const properties = new Map<string, Property>();
    const required: RequiredElement[] = [];
    const choices: string[] = [];
    if (isResource) {
      // Its value chose these rules.
      properties.set('resourceType', {
        step: 'resourceType',
        name: 'resourceType',
        choice: -1,
        check: () => {},
      });
    }
    for (const element of elements) {
      if (element.max === 0) continue;
      const choice = element.choice ? choices.push(element.name) - 1 : -1;
      const names: string[] = [];
      for (const elementType of element.types.length > 0 ? element.types : [{ code: '' }]) {
        const name = propertyName(element, elementType.code);
        for (const [key, check] of this.#propertyChecks(type, element, elementType, name)) {
          properties.set(key, { step: element.name, name, choice, check });
          names.push(key);
        }
      }
      if (element.min > 0) required.push({ name: element.name, min: element.min, properties: names });
    }
    return { properties, required, choices };
  }

  /** The JSON properties of one element of one type: its value, and the companion of a primitive one. */
  *#propertyChecks(
    type: string,
    element: ElementDefinition,
    elementType: ElementType,
    name: string,
  ): Generator<[string, PropertyCheck]> {
    const { array, max } = element;
    const check = this.#elementCheck(element, elementType);
    if (!isPrimitive(elementType) || isPlainString(type, element)) {
      yield [name, array ? repeated(check, max) : single(check)];
      return;
    }
    const companion = `_${name}`;
    const companionCheck = this.#companionCheck(elementType.code);
    yield [name, array ? repeatedPrimitive(check, max, companion) : single(check)];
    yield [companion, array ? repeatedCompanion(companionCheck, max, name) : single(companionCheck)];
  }

  #elementCheck(element: ElementDefinition, elementType: ElementType): Check {
    const { code, targets } = elementType;
    if (element.contentReference) return this.#contentReferenceCheck(element.contentReference);
    if (element.elements) return objectCheck(() => this.#objectRules(code, element.elements ?? []));
    if (code === 'Resource') return element.name === 'contained' ? this.#contained : this.resource;
    const check = this.#typeCheck(code);
    if (code === 'Reference') return inTurn(check, referenceCheck(targets, this.#resourceTypes));
    return inTurn(check, this.#bindingCheck(element, code));
  }

  #bindingCheck({ binding }: ElementDefinition, code: string): Check | undefined {
    if (binding?.strength !== 'required') return undefined;
    const valueSet = this.#definitions.valueSets[binding.valueSet];
    return valueSet && requiredBindingCheck(code, binding.valueSet, valueSet);
  }

  #contentReferenceCheck(path: string): Check {
    return cached(this.#byContentReference, path, () =>
      objectCheck(() => {
        const element = elementAt(this.#definitions, path);
        return this.#objectRules('BackboneElement', element ? childElements(this.#definitions, element) : []);
      }),
    );
  }

  /** What stands beside a primitive value: its id and extensions. */
  #companionCheck(code: string): Check {
    return cached(this.#companions, code, () =>
      objectCheck(() => this.#objectRules(code, typeDefinition(this.#definitions, code)?.elements ?? [])),
    );
  }
}

function isPrimitive({ code }: ElementType): boolean {
  return Object.hasOwn(primitiveFormats, code);
}

/** Ids and the URL of an extension are strings without id and extensions (extensibility.html, element.html). */
function isPlainString(type: string, { name }: ElementDefinition): boolean {
  return name === 'id' || (type === 'Extension' && name === 'url');
}

function cached<Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}
