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

/** The values of a choice element; `types` by JSON property. */
export function choiceOccurrences(
  members: Members,
  name: string,
  types: ReadonlyMap<string, string>,
): readonly Occurrence[] {
  for (const key in members) {
    const property = key.charCodeAt(0) === 95 ? key.slice(1) : key;
    if (!property.startsWith(name)) continue;
    const type = types.get(property);
    if (type !== undefined) return valuesOf(members[property], members[`_${property}`], type);
  }
  return none;
}

function valuesOf(value: unknown, companion: unknown, type: string | undefined): readonly Occurrence[] {
  if (Array.isArray(value)) {
    const companions: readonly unknown[] = Array.isArray(companion) ? companion : [];
    return value.map((entry: unknown, index) => ({
      value: entry ?? undefined,
      companion: companions[index] ?? undefined,
      index,
      type,
    }));
  }
  if (value !== undefined && value !== null) return [{ value, companion, index: -1, type }];
  if (Array.isArray(companion)) {
    return companion.map((entry: unknown, index) => ({ value: undefined, companion: entry, index, type }));
  }
  return companion === undefined || companion === null
    ? none
    : [{ value: undefined, companion, index: -1, type }];
}
