import { type ChoiceProperty, type Members, type Occurrence, valuesOf } from './occurrences.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { checkSlices, type SlicingRules } from './slicing.ts';

/** What a profile says of an element among its siblings. */
export interface ElementRules {
  /** Name without `[x]`. */
  name: string;
  /** The types of a choice by JSON property, undefined for what is none. */
  choices: ReadonlyMap<string, ChoiceProperty> | undefined;
  /** The types that the definition leaves to a choice, undefined where it says nothing of them. */
  types: ReadonlySet<string> | undefined;
  min: number;
  max: number;
  each: readonly Rule[];
  slicing: SlicingRules | undefined;
  /** Canonical of the definition. */
  profile: string;
}

/** Where the values of an element lie. */
interface Slot {
  /** Position of the element among those that have rules. */
  position: number;
  property: string;
  companion: string;
  /** The type that the property of a choice tells. */
  type: string | undefined;
}

const none: readonly Occurrence[] = [];

/**
 * The rule on the elements within a value, in the order of the definition. The members of the value are gone through once:
 * most elements that a profile speaks of are not there.
 */
export function childrenRule(
  elements: readonly ElementRules[],
): (members: Members, context: RuleContext) => void {
  const slots = slotsOf(elements);
  const isDemanding = elements.some(mustBeLookedAt);
  return (members, context) => {
    let found: (readonly Occurrence[])[] | undefined;
    for (const key in members) {
      const slot = slots.get(key);
      if (slot === undefined) continue;
      found ??= elements.map(() => none);
      if (found[slot.position] !== none) continue;
      found[slot.position] = valuesOf(members[slot.property], members[slot.companion], slot.type);
    }
    if (found === undefined && !isDemanding) return;
    for (let position = 0; position < elements.length; position++) {
      const rules = elements[position] as ElementRules;
      const occurrences = found?.[position] ?? none;
      if (occurrences.length === 0 && !mustBeLookedAt(rules)) continue;
      if (context.isDecided) return;
      checkElement(rules, occurrences, context);
    }
  };
}

/** Whether an element is at fault when it is not there. */
function mustBeLookedAt({ min, slicing }: ElementRules): boolean {
  return min > 0 || (slicing?.least ?? 0) > 0;
}

function slotsOf(elements: readonly ElementRules[]): ReadonlyMap<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const [position, { name, choices }] of elements.entries()) {
    const own = { property: name, companion: `_${name}`, type: undefined };
    const properties = choices ?? new Map([own.property, own.companion].map((key) => [key, own] as const));
    for (const [key, property] of properties) slots.set(key, { ...property, position });
  }
  return slots;
}

/** Checks the values of an element; the context stands at its parent. */
function checkElement(
  { name, types, min, max, each, slicing, profile }: ElementRules,
  occurrences: readonly Occurrence[],
  context: RuleContext,
): void {
  context.enter(name);
  if (occurrences.length > max) {
    const diagnostics = max === 0 ? 'The element is not allowed' : `At most ${max} repetitions are allowed`;
    context.report({ severity: 'error', code: 'structure', diagnostics, profile });
  }
  if (each.length > 0) {
    for (const occurrence of occurrences) {
      context.visit();
      if (occurrence.index >= 0) context.enter(occurrence.index);
      for (const rule of each) rule(occurrence, context);
      if (occurrence.index >= 0) context.leave();
    }
  }
  const found = context.issues.length;
  const least = slicing?.least ?? 0;
  // A value of a type that is not allowed is at fault for that alone.
  const isOfType = ({ type }: Occurrence) => type === undefined || types === undefined || types.has(type);
  if (slicing !== undefined && occurrences.every(isOfType)) checkSlices(slicing, occurrences, context);
  // What slices lack, the element lacks.
  if (occurrences.length < min && !(min <= least && context.issues.length > found)) {
    const diagnostics = min === 1 ? 'The element is required' : `At least ${min} repetitions are required`;
    context.report({ severity: 'error', code: 'required', diagnostics, profile });
  }
  context.leave();
}
