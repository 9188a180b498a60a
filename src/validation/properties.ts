import type { Check, ValidationContext } from './context.ts';

/** The check of one JSON property; `parent` is the object that has it. */
export type PropertyCheck = (
  value: unknown,
  context: ValidationContext,
  parent: Readonly<Record<string, unknown>>,
) => void;

/** A property whose JSON value is no array. */
export function single(check: Check): PropertyCheck {
  return (value, context) => {
    if (Array.isArray(value))
      context.report('structure', 'The element does not repeat: an array is not allowed');
    else check(value, context);
  };
}

/** A property whose JSON value is an array, of at most `max` entries unless `null`. */
export function repeated(check: Check, max: number | null): PropertyCheck {
  return (value, context) => {
    if (!isFilledArray(value, max, context)) return;
    for (let index = 0; index < value.length; index++) {
      context.enter(index);
      check(value[index], context);
      context.leave();
    }
  };
}

/**
 * An array of primitive values, where `null` holds the place of a value that has only an id or extensions in the
 * companion array (json.html#primitive).
 */
export function repeatedPrimitive(check: Check, max: number | null, companion: string): PropertyCheck {
  return (value, context, parent) => {
    if (!isFilledArray(value, max, context)) return;
    const companions = parent[companion];
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      context.enter(index);
      if (entry !== null) check(entry, context);
      else if (!Array.isArray(companions) || (companions[index] ?? null) === null) {
        context.report('structure', 'null is allowed only where the companion array has an entry');
      }
      context.leave();
    }
  };
}

/** The companion array of a primitive array: as long as that, and `null` where there is no id nor extension. */
export function repeatedCompanion(check: Check, max: number | null, name: string): PropertyCheck {
  return (value, context, parent) => {
    if (!isFilledArray(value, max, context)) return;
    const values = parent[name];
    if (Array.isArray(values) && values.length !== value.length) {
      context.report('structure', 'The array of values and its companion array must have the same length');
    }
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      context.enter(index);
      if (entry !== null) check(entry, context);
      else if (!Array.isArray(values)) {
        context.report('structure', 'null is allowed only where the array of values has an entry');
      }
      context.leave();
    }
  };
}

function isFilledArray(value: unknown, max: number | null, context: ValidationContext): value is unknown[] {
  if (!Array.isArray(value)) {
    context.report('structure', 'The element repeats: an array is expected');
    return false;
  }
  if (value.length === 0) {
    context.report('structure', 'An array must not be empty');
    return false;
  }
  if (max !== null && value.length > max)
    context.report('structure', `At most ${max} repetitions are allowed`);
  return true;
}
