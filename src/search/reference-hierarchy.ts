import { anyOf } from './combine.ts';
import type { Expression } from './expression.ts';
import type { SearchParameters } from './parameters.ts';
import type { SearchParameter } from './search-parameter.ts';

/** How far a hierarchy is followed up or down from the resource that is named. */
const LEVELS = 5;

/** The codes by which R4 names the reference to what a resource is a part of. */
const PART_OF: readonly string[] = ['partof', 'part-of', 'parent'];

/** The target types of a reference that make a hierarchy of their own, such as Location (search.html#recursive). */
export function hierarchicalTargets(
  { targets }: SearchParameter,
  parameters: SearchParameters,
): readonly string[] {
  return targets.filter((type) => partOfParameter(type, parameters) !== undefined);
}

/**
 * The condition that a reference leads to a resource of this type and id or to one below it (part of it, or of its
 * parts) or above it, at most five levels away.
 */
export function inHierarchy(
  { code }: SearchParameter,
  type: string,
  id: string,
  direction: 'above' | 'below',
  parameters: SearchParameters,
): Expression {
  const whole = partOfParameter(type, parameters) ?? '';
  const onward = (expression: Expression): Expression =>
    direction === 'below'
      ? { kind: 'chain', parameter: whole, targetType: type, expression }
      : { kind: 'has', parameter: whole, sourceType: type, expression };
  const itself: Expression = { kind: 'ids', ids: [id] };
  let within: Expression = itself;
  for (let level = 1; level < LEVELS; level++) within = anyOf([itself, onward(within)]);
  return anyOf([
    { kind: 'reference', parameter: code, type, id },
    { kind: 'chain', parameter: code, targetType: type, expression: onward(within) },
  ]);
}

function partOfParameter(type: string, parameters: SearchParameters): string | undefined {
  return PART_OF.find((code) => parameters.get(type, code)?.targets.includes(type));
}
