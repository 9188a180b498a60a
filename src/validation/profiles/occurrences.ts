import { isObject } from '../objects.ts';

/** One value of an element, the focus of rules and expressions. */
export interface Occurrence {
  /** The JSON value; undefined for a primitive that has only an id or extensions. */
  value: unknown;
  /** The id and extensions beside a primitive value. */
  companion: unknown;
  /** Position where the element repeats, -1 where it does not. */
  index: number;
  /** Type of the value of a choice, which its JSON property tells; undefined elsewhere. */
  type: string | undefined;
}

export type Members = Readonly<Record<string, unknown>>;

const none: readonly Occurrence[] = [];
const noMembers: Members = {};

/** The elements within a value: those of the companion for a primitive; undefined for what is no value of FHIR. */
export function membersOf(value: unknown, companion: unknown): Members | undefined {
  if (isObject(value)) return value;
  if (isObject(companion)) return companion;
  return Array.isArray(value) ? undefined : noMembers;
}

/**
 * The values of an element that is no choice.
 * @param companion `_name`, which is not put together for each value
 */
export function occurrencesOf(members: Members, name: string, companion: string): readonly Occurrence[] {
  const value = members[name];
  const beside = members[companion];
  return value === undefined && beside === undefined ? none : valuesOf(value, beside, undefined);
}

/** The JSON properties of one type of a choice. */
export interface ChoiceProperty {
  property: string;
  companion: string;
  type: string;
}

/** The values of a choice element; `choices` by either JSON property. */
export function choiceOccurrences(
  members: Members,
  choices: ReadonlyMap<string, ChoiceProperty>,
): readonly Occurrence[] {
  for (const key in members) {
    const choice = choices.get(key);
    if (choice !== undefined)
      return valuesOf(members[choice.property], members[choice.companion], choice.type);
  }
  return none;
}

/**
 * The values of an element.
 * @param value JSON value of its property, of a repeating element an array
 * @param companion that of the property with the ids and extensions of primitives
 */
export function valuesOf(
  value: unknown,
  companion: unknown,
  type: string | undefined,
): readonly Occurrence[] {
  if (Array.isArray(value)) {
    const companions: readonly unknown[] = Array.isArray(companion) ? companion : none;
    const occurrences = new Array<Occurrence>(value.length);
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      occurrences[index] = {
        value: entry ?? undefined,
        companion: companions[index] ?? undefined,
        index,
        type,
      };
    }
    return occurrences;
  }
  if ((value ?? undefined) === undefined && Array.isArray(companion)) {
    return companion.map((entry: unknown, index) => ({ value: undefined, companion: entry, index, type }));
  }
  const only = onlyValueOf(value, companion, type);
  return only === undefined ? none : [only];
}

/** The value of an element that does not repeat; undefined where it is not there. */
export function onlyValueOf(
  value: unknown,
  companion: unknown,
  type: string | undefined,
): Occurrence | undefined {
  if ((value ?? companion ?? undefined) === undefined) return undefined;
  return { value: value ?? undefined, companion, index: -1, type };
}
