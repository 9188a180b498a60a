import { decimalText } from '../fhir/json.ts';
import type { Check, ValidationContext } from './context.ts';
import type { PropertyCheck } from './properties.ts';

/** What the JSON objects of one type may and must have. */
export interface ObjectRules {
  /** By JSON property name; a primitive element has a second one, its companion (`_birthDate`). */
  properties: ReadonlyMap<string, Property>;
  /** Elements of a minimum above 0. */
  required: readonly RequiredElement[];
  /** Names of the choice elements, without `[x]`. */
  choices: readonly string[];
}

export interface Property {
  /** Element name in FHIRPath. */
  step: string;
  /** What a companion and its value have in common: the property name without underscore. */
  name: string;
  /** Position in `ObjectRules.choices`, -1 where the element is no choice. */
  choice: number;
  check: PropertyCheck;
}

export interface RequiredElement {
  name: string;
  min: number;
  /** The JSON properties of which one must be there. */
  properties: readonly string[];
}

/** True for a JSON object: neither an array nor a decimal kept as written. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // A decimal has no prototype; what has one need not be asked, which costs more.
  return value instanceof Object || decimalText(value) === undefined;
}

/** The check of a JSON object against its rules, which are compiled when the first object comes. */
export function objectCheck(compileRules: () => ObjectRules): Check {
  let rules: ObjectRules | undefined;
  return (value, context) => {
    if (!isObject(value)) {
      context.report('structure', 'An object is expected');
      return;
    }
    if (context.isTooDeep) {
      context.report('structure', 'The elements are nested too deep');
      return;
    }
    rules ??= compileRules();
    if (!checkProperties(rules, value, context)) {
      context.report('structure', 'An object must not be empty');
      return;
    }
    for (const element of rules.required) checkRequired(element, value, context);
  };
}

/** False where the object has no property. */
function checkProperties(
  { properties, choices }: ObjectRules,
  object: Readonly<Record<string, unknown>>,
  context: ValidationContext,
): boolean {
  let empty = true;
  let chosen: string[] | undefined;
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    empty = false;
    const property = properties.get(key);
    if (property === undefined) {
      reportUnknown(key, choices, context);
      continue;
    }
    context.enter(property.step);
    if (property.choice >= 0) {
      chosen ??= [];
      chosen[property.choice] ??= property.name;
      if (chosen[property.choice] !== property.name) {
        context.report('structure', 'Only one value of a choice of types is allowed');
      }
    }
    property.check(value, context, object);
    context.leave();
  }
  return !empty;
}

/** Whether a property has the form of a choice of types: `valueAnything`. */
function isOfChoice(key: string, name: string): boolean {
  return key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length));
}

function reportUnknown(key: string, choices: readonly string[], context: ValidationContext): void {
  const choice = choices.find((name) => isOfChoice(key, name));
  if (choice !== undefined) context.reportAt(choice, 'structure', 'The type is not allowed for this choice');
  else if (/^_?[A-Za-z]\w{0,63}$/.test(key)) context.reportAt(key, 'structure', 'Unknown element');
  else context.report('structure', 'A property that is no element name');
}

function checkRequired(
  { name, min, properties }: RequiredElement,
  object: Readonly<Record<string, unknown>>,
  context: ValidationContext,
): void {
  let present = false;
  let count = 0;
  for (const property of properties) {
    const value = object[property];
    if (value === undefined) continue;
    if (min === 1) return;
    present = true;
    count = Math.max(count, Array.isArray(value) ? value.length : 1);
  }
  if (!present) {
    // A type that is not allowed for it is told already.
    if (properties[0] !== name && Object.keys(object).some((key) => isOfChoice(key, name))) return;
    context.reportAt(name, 'required', 'The element is required');
  } else if (count > 0 && count < min) {
    context.reportAt(name, 'required', `At least ${min} repetitions are required`);
  }
}
