import type { ElementDefinitionSlicing } from 'fhir/r4.d.ts';
import type { Matcher } from './discriminators.ts';
import type { Occurrence } from './occurrences.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';

/** A slice as it is checked. */
export interface SliceRules {
  name: string;
  /** What belongs to it; undefined for `@default`, which takes what belongs to no other. */
  matches: Matcher | undefined;
  min: number;
  max: number;
  each: readonly Rule[];
  /** The slices of this slice (re-slicing). */
  inner: SlicingRules | undefined;
}

/** The slices of an element (profiling.html#slicing). */
export interface SlicingRules {
  rules: ElementDefinitionSlicing['rules'];
  ordered: boolean;
  slices: readonly SliceRules[];
  /** True when a slice must be there. */
  isDemanding: boolean;
  /** Canonical of the definition. */
  profile: string;
}

/** The slice that takes what no other takes (profiling.html#default-slice). */
export const defaultSlice = '@default';

/**
 * Checks the values of a sliced element: each belongs to one slice at most, holds to its rules, and each slice has as many
 * as it may. The context stands at the element.
 */
export function checkSlices(
  { rules, ordered, slices, profile }: SlicingRules,
  occurrences: readonly Occurrence[],
  context: RuleContext,
): void {
  const members = slices.map((): Occurrence[] => []);
  const perhaps = slices.map(() => 0);
  let last = -1;
  let unmatched = false;
  const fallback = slices.findIndex(({ matches }) => matches === undefined);
  for (const occurrence of occurrences) {
    context.visit();
    const { index } = occurrence;
    if (index >= 0) context.enter(index);
    const position = sliceOf(slices, occurrence, context, profile, perhaps);
    if (position === undecided) {
      // It may belong to a slice or not: nothing can be held against it.
    } else if (position < 0) {
      unmatched = true;
      if (fallback >= 0) members[fallback]?.push(occurrence);
      else if (rules === 'closed') {
        const diagnostics = 'The value belongs to no slice, and others are not allowed';
        context.report({ severity: 'error', code: 'structure', diagnostics, profile });
      }
    } else {
      members[position]?.push(occurrence);
      if (unmatched && rules === 'openAtEnd') {
        const diagnostics = 'Values that belong to no slice come after those that do';
        context.report({ severity: 'error', code: 'structure', diagnostics, profile });
      }
      if (ordered && position < last) {
        const diagnostics = 'The values are not in the order of the slices';
        context.report({ severity: 'error', code: 'structure', diagnostics, profile });
      }
      last = Math.max(last, position);
    }
    if (index >= 0) context.leave();
  }
  for (const [position, slice] of slices.entries())
    checkSlice(slice, members[position] ?? [], perhaps[position] ?? 0, context, profile);
}

const undecided = -2;

/**
 * The position of the slice that a value belongs to: -1 for none, `undecided` where nobody can tell.
 * @param perhaps counts by slice the values that may belong to it
 */
function sliceOf(
  slices: readonly SliceRules[],
  occurrence: Occurrence,
  context: RuleContext,
  profile: string,
  perhaps: number[],
): number {
  let found = -1;
  for (const [position, { matches }] of slices.entries()) {
    const belongs = matches === undefined ? false : matches(occurrence, context);
    if (belongs === undefined) {
      perhaps[position]! += 1;
      if (found < 0) found = undecided;
    }
    if (!belongs) continue;
    if (found >= 0) {
      const diagnostics = `The value belongs to two slices: ${slices[found]?.name} and ${slices[position]?.name}`;
      context.report({ severity: 'error', code: 'structure', diagnostics, profile });
      return found;
    }
    found = position;
  }
  return found;
}

function checkSlice(
  { name, min, max, each, inner }: SliceRules,
  members: readonly Occurrence[],
  perhaps: number,
  context: RuleContext,
  profile: string,
): void {
  if (members.length + perhaps < min) {
    const diagnostics = `At least ${min} of the slice ${name} is required`;
    context.report({ severity: 'error', code: 'required', diagnostics, profile });
  }
  if (members.length > max) {
    const diagnostics = `At most ${max} of the slice ${name} is allowed`;
    context.report({ severity: 'error', code: 'structure', diagnostics, profile });
  }
  if (inner !== undefined) checkSlices(inner, members, context);
  if (each.length === 0) return;
  for (const member of members) {
    if (member.index >= 0) context.enter(member.index);
    for (const rule of each) rule(member, context);
    if (member.index >= 0) context.leave();
  }
}
