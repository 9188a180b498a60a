import type { ElementDefinitionSlicing } from 'fhir/r4.d.ts';
import type { Matcher } from './discriminators.ts';
import type { Occurrence } from './occurrences.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { candidatesOf, type SliceIndex } from './slice-index.ts';

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
  /** The slices by what their values have at one place, where they are told apart so. */
  index: SliceIndex | undefined;
  /** Position of the slice `@default`, -1 where there is none. */
  fallback: number;
  /** How many values the slices must have together. */
  least: number;
  /** Canonical of the definition. */
  profile: string;
}

/** The slice that takes what no other takes (profiling.html#default-slice). */
export const defaultSlice = '@default';

const none: readonly never[] = [];

/** Stands for the slice of a value that belongs to none. */
const noSlice = -1;
/** Stands for the slice of a value that may belong to one or not: nothing can be held against it. */
const undecided = -2;

/**
 * Checks the values of a sliced element: each belongs to one slice at most, holds to its rules, and each slice has as many
 * as it may. The context stands at the element.
 */
export function checkSlices(
  slicing: SlicingRules,
  occurrences: readonly Occurrence[],
  context: RuleContext,
): void {
  const { slices } = slicing;
  const perhaps: number[] = [];
  const positions = positionsOf(slicing, occurrences, perhaps, context);
  for (let position = 0; position < slices.length; position++) {
    const slice = slices[position] as SliceRules;
    const members = membersAt(position, positions, occurrences);
    if (members.length > 0 || slice.min > 0 || (slice.inner?.least ?? 0) > 0) {
      checkSlice(slice, members, perhaps[position] ?? 0, context, slicing.profile);
    }
  }
}

/** The values that belong to the slice at a position. */
function membersAt(
  position: number,
  positions: readonly number[],
  occurrences: readonly Occurrence[],
): readonly Occurrence[] {
  if (!positions.includes(position)) return none;
  if (positions.length === 1) return occurrences;
  return occurrences.filter((_, index) => positions[index] === position);
}

/**
 * The positions of the slices that the values belong to; reports what is wrong with their order, and values that belong to
 * none where they must.
 * @param perhaps gets by slice how many values may belong to it
 */
function positionsOf(
  slicing: SlicingRules,
  occurrences: readonly Occurrence[],
  perhaps: number[],
  context: RuleContext,
): readonly number[] {
  const { rules, ordered, fallback, profile } = slicing;
  if (occurrences.length === 0) return none;
  const positions = new Array<number>(occurrences.length);
  let last = noSlice;
  let unmatched = false;
  for (let at = 0; at < occurrences.length; at++) {
    const occurrence = occurrences[at] as Occurrence;
    context.visit();
    const { index } = occurrence;
    if (index >= 0) context.enter(index);
    let position = sliceOf(slicing, occurrence, perhaps, context);
    if (position === noSlice) {
      unmatched = true;
      position = fallback;
      if (position === noSlice && rules === 'closed') {
        const diagnostics = 'The value belongs to no slice, and others are not allowed';
        context.report({ severity: 'error', code: 'structure', diagnostics, profile });
      }
    } else if (position !== undecided) {
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
    positions[at] = position;
    if (index >= 0) context.leave();
  }
  return positions;
}

/** The position of the slice that a value belongs to, by its matchers. */
function sliceOf(
  { slices, index, profile }: SlicingRules,
  occurrence: Occurrence,
  perhaps: number[],
  context: RuleContext,
): number {
  const candidates = index && candidatesOf(index, occurrence.value);
  const count = candidates?.length ?? slices.length;
  let found = noSlice;
  for (let at = 0; at < count; at++) {
    const position = candidates?.[at] ?? at;
    const { matches } = slices[position] as SliceRules;
    const belongs = matches === undefined ? false : matches(occurrence, context);
    if (belongs === undefined) {
      perhaps[position] = (perhaps[position] ?? 0) + 1;
      if (found === noSlice) found = undecided;
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
