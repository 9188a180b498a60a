import { choiceOccurrences, type Members, occurrencesOf } from './occurrences.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { checkSlices, type SlicingRules } from './slicing.ts';

/** What a profile says of an element among its siblings. */
export interface ElementRules {
  /** Name without `[x]`. */
  name: string;
  /** Name of the property beside a primitive value. */
  companion: string;
  /** The types of a choice by JSON property, undefined for what is none. */
  choices: ReadonlyMap<string, string> | undefined;
  min: number;
  max: number;
  each: readonly Rule[];
  slicing: SlicingRules | undefined;
  /** Canonical of the definition. */
  profile: string;
}

/** Checks the values of an element; the context stands at its parent. */
export function elementRule(rules: ElementRules, members: Members, context: RuleContext): void {
  const { name, companion, choices, min, max, each, slicing, profile } = rules;
  const occurrences =
    choices === undefined
      ? occurrencesOf(members, name, companion)
      : choiceOccurrences(members, name, choices);
  if (occurrences.length === 0 && min === 0 && slicing?.isDemanding !== true) return;
  context.enter(name);
  if (occurrences.length < min) {
    const diagnostics = min === 1 ? 'The element is required' : `At least ${min} repetitions are required`;
    context.report({ severity: 'error', code: 'required', diagnostics, profile });
  } else if (occurrences.length > max) {
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
  if (slicing !== undefined) checkSlices(slicing, occurrences, context);
  context.leave();
}
