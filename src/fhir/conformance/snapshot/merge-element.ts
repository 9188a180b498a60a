import type { ElementDefinition, ElementDefinitionConstraint, Extension } from 'fhir/r4.d.ts';
import { checkProperties } from './element-tree.ts';
import { SnapshotError } from './error.ts';

/**
 * What a profile says of an element laid over what its base says (profiling.html#snapshot): invariants and extensions
 * add up, the parts of slicing are kept where nothing else is said, all else is replaced.
 * @param source canonical URL of the profile, named in its invariants
 * @throws SnapshotError when the element gets too large
 */
export function mergeElement(
  base: ElementDefinition,
  differential: ElementDefinition,
  source: string,
): ElementDefinition {
  const { id, path, sliceName, constraint, slicing, extension, ...others } = differential;
  const merged: ElementDefinition = { ...base, ...others };
  checkProperties(merged);
  const keys = Object.keys(others);
  const saysFixed = keys.some((key) => /^fixed[A-Z]/.test(key));
  const saysPattern = keys.some((key) => /^pattern[A-Z]/.test(key));
  // A value that is fixed has to hold the pattern already; of two patterns only one may be told.
  if (saysFixed || saysPattern) {
    const replaced = saysFixed ? /^(fixed|pattern)[A-Z]/ : /^pattern[A-Z]/;
    for (const key of Object.keys(base)) {
      if (replaced.test(key) && !keys.includes(key)) delete merged[key as keyof ElementDefinition];
    }
  }
  // Profiles based on this one do not contain the value set.
  const valueSet = others.binding?.valueSet;
  if (others.binding !== undefined && valueSet?.startsWith('#'))
    merged.binding = { ...others.binding, valueSet: source + valueSet };
  if (slicing !== undefined) merged.slicing = mergeSlicing(base.slicing, slicing);
  if (constraint !== undefined)
    merged.constraint = mergeConstraints(base.constraint ?? [], constraint, source);
  if (extension !== undefined) merged.extension = mergeExtensions(base.extension ?? [], extension);
  return merged;
}

type Slicing = NonNullable<ElementDefinition['slicing']>;

/** Which rules leave less room, the strictest last. */
const strictness: readonly Slicing['rules'][] = ['open', 'openAtEnd', 'closed'];

function mergeSlicing(base: Slicing | undefined, own: Slicing): Slicing {
  const rules = strictness.findLast((each) => each === base?.rules || each === own.rules) ?? 'open';
  return { ...base, ...own, rules };
}

function mergeConstraints(
  base: readonly ElementDefinitionConstraint[],
  own: readonly ElementDefinitionConstraint[],
  source: string,
): ElementDefinitionConstraint[] {
  checkLength(base.length + own.length);
  const keys = new Set(own.map(({ key }) => key));
  const sources = new Map(base.map(({ key, source: inherited }) => [key, inherited]));
  return [
    ...base.filter(({ key }) => !keys.has(key)),
    ...own.map((constraint) => ({ source: sources.get(constraint.key) ?? source, ...constraint })),
  ];
}

function mergeExtensions(base: readonly Extension[], own: readonly Extension[]): Extension[] {
  checkLength(base.length + own.length);
  const urls = new Set(own.map(({ url }) => url));
  return [...base.filter(({ url }) => !urls.has(url)), ...own];
}

/** The most invariants or extensions of an element; some published ones have dozens. */
const longestList = 500;

function checkLength(length: number): void {
  if (length > longestList) {
    throw new SnapshotError(`an element of it has more than ${longestList} invariants or extensions`);
  }
}
