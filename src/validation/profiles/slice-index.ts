import { interned } from '../../fhir/known-strings.ts';
import { isObject } from '../objects.ts';

/** A text that all values of a slice have at some place. */
export interface Mark {
  /** Names of the elements that lead to it, of which any repetition may have it. */
  path: readonly string[];
  text: string;
}

/** Slices by the text that their values have at one place. */
export interface SliceIndex {
  path: readonly string[];
  /** Positions of slices, ascending. */
  positions: ReadonlyMap<string, readonly number[]>;
}

const none: readonly number[] = [];

/**
 * The mark of what a definition fixes an element to, or what its pattern asks for: a code before other texts, of which
 * slices may have the same.
 */
export function markOf(path: readonly string[], expected: unknown): Mark | undefined {
  if (typeof expected === 'string') return { path, text: interned(expected) };
  if (Array.isArray(expected)) return markOf(path, expected[0]);
  if (!isObject(expected)) return undefined;
  const names = Object.keys(expected).sort((one, other) => Number(other === 'code') - Number(one === 'code'));
  for (const name of names) {
    const mark = markOf([...path, name], expected[name]);
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** The index of slices by their marks; undefined where these are not at one place. */
export function sliceIndex(marks: readonly (Mark | undefined)[]): SliceIndex | undefined {
  const [first] = marks;
  if (first === undefined) return undefined;
  const { path } = first;
  const positions = new Map<string, number[]>();
  for (const [position, mark] of marks.entries()) {
    if (mark?.path.join() !== path.join()) return undefined;
    positions.set(mark.text, [...(positions.get(mark.text) ?? []), position]);
  }
  return { path, positions };
}

/** Positions of the slices that a value may belong to, ascending: it belongs to no other one. */
export function candidatesOf(index: SliceIndex, value: unknown): readonly number[] {
  return candidatesAt(index, value, 0);
}

function candidatesAt(index: SliceIndex, value: unknown, depth: number): readonly number[] {
  if (Array.isArray(value)) {
    let found = none;
    for (const entry of value) found = union(found, candidatesAt(index, entry, depth));
    return found;
  }
  const name = index.path[depth];
  if (name === undefined) return (typeof value === 'string' && index.positions.get(value)) || none;
  return isObject(value) ? candidatesAt(index, value[name], depth + 1) : none;
}

function union(one: readonly number[], other: readonly number[]): readonly number[] {
  if (one.length === 0 || one === other) return other;
  if (other.length === 0) return one;
  return [...new Set([...one, ...other])].sort((left, right) => left - right);
}
