import { isObject } from '../objects.ts';
import { type ChoiceProperty, type Members, type Occurrence, onlyValueOf, valuesOf } from './occurrences.ts';
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
  /** The value that is right whatever the rules say: the one that it is fixed to, where that is all they say. */
  only: string | undefined;
  slicing: SlicingRules | undefined;
  /** Canonical of the definition. */
  profile: string;
}

/** Where the values of an element lie. */
interface Slot {
  rules: ElementRules;
  /** Position among the elements that are at fault when they are not there, -1 for another one. */
  demanded: number;
  property: string;
  companion: string;
  /** The type that the property of a choice tells. */
  type: string | undefined;
}

type ChildrenRule = (members: Members, context: RuleContext) => void;

const none: readonly never[] = [];

/** Elements that the bits of a small integer can tell apart. */
const bits = 30;

/**
 * The rule on the elements within a value: those that are there in their order, then those that lack. The members of the
 * value are gone through once: most elements that a profile speaks of are not there.
 */
export function childrenRule(elements: readonly ElementRules[]): ChildrenRule {
  if (elements.length > bits) {
    const parts = [childrenRule(elements.slice(0, bits)), childrenRule(elements.slice(bits))];
    return (members, context) => {
      for (const part of parts) part(members, context);
    };
  }
  const demanding = elements.filter(mustBeLookedAt);
  const slots = slotsOf(elements, demanding);
  return (members, context) => {
    let found = 0;
    for (const key in members) {
      const slot = slots.get(key);
      if (slot === undefined) continue;
      const { rules, property, companion, type, demanded } = slot;
      let value: unknown;
      if (key === property) value = members[key];
      // A companion beside its value comes with it.
      else if (members[property] !== undefined) continue;
      if (context.isDecided) return;
      if (rules.only === undefined || rules.only !== value) {
        // What is no primitive has no companion.
        const beside = isObject(value) ? undefined : members[companion];
        if (Array.isArray(value) || Array.isArray(beside)) {
          const occurrences = valuesOf(value, beside, type);
          if (occurrences.length === 0) continue;
          checkElement(rules, occurrences, context);
        } else {
          const only = onlyValueOf(value, beside, type);
          if (only === undefined) continue;
          checkOnly(rules, only, context);
        }
      }
      if (demanded >= 0) found |= 1 << demanded;
    }
    for (let position = 0; position < demanding.length; position++) {
      if ((found & (1 << position)) !== 0) continue;
      if (context.isDecided) return;
      checkElement(demanding[position] as ElementRules, none, context);
    }
  };
}

/** Whether an element is at fault when it is not there. */
function mustBeLookedAt({ min, slicing }: ElementRules): boolean {
  return min > 0 || (slicing?.least ?? 0) > 0;
}

function slotsOf(
  elements: readonly ElementRules[],
  demanding: readonly ElementRules[],
): ReadonlyMap<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const rules of elements) {
    const { name, choices } = rules;
    const own = { property: name, companion: `_${name}`, type: undefined };
    const properties = choices ?? new Map([own.property, own.companion].map((key) => [key, own] as const));
    const demanded = demanding.indexOf(rules);
    for (const [key, property] of properties) slots.set(key, { ...property, rules, demanded });
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
  if (each.length > 0) for (const occurrence of occurrences) checkValue(each, occurrence, context);
  const found = context.issues.length;
  // A value of a type that is not allowed is at fault for that alone.
  if (slicing !== undefined && areAllowed(occurrences, types)) checkSlices(slicing, occurrences, context);
  // What slices lack, the element lacks.
  if (occurrences.length < min && !(min <= (slicing?.least ?? 0) && context.issues.length > found)) {
    const diagnostics = min === 1 ? 'The element is required' : `At least ${min} repetitions are required`;
    context.report({ severity: 'error', code: 'required', diagnostics, profile });
  }
  context.leave();
}

/** As `checkElement` for one value, which most elements have. */
function checkOnly(rules: ElementRules, occurrence: Occurrence, context: RuleContext): void {
  const { name, min, max, each, slicing } = rules;
  if (max < 1 || min > 1 || slicing !== undefined) {
    checkElement(rules, [occurrence], context);
    return;
  }
  context.enter(name);
  checkValue(each, occurrence, context);
  context.leave();
}

function checkValue(each: readonly Rule[], occurrence: Occurrence, context: RuleContext): void {
  context.visit();
  if (occurrence.index >= 0) context.enter(occurrence.index);
  for (const rule of each) rule(occurrence, context);
  if (occurrence.index >= 0) context.leave();
}

function areAllowed(occurrences: readonly Occurrence[], types: ReadonlySet<string> | undefined): boolean {
  return types === undefined || occurrences.every(({ type }) => type === undefined || types.has(type));
}
