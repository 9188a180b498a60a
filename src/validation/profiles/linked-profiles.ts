import { referencedType } from '../../fhir/reference.ts';
import { isObject } from '../objects.ts';
import { baseTypeOf, type DefinitionLibrary } from './definition-library.ts';
import type { Rule } from './rule.ts';

/**
 * The rule that a value holds to one of the profiles of its type.
 * @param type the type of the choice that the profiles are for, undefined where there is no choice
 */
export function profileOfTypeRule(
  profiles: readonly string[],
  type: string | undefined,
  source: string,
): Rule {
  const [only] = profiles.length === 1 ? profiles : [];
  const diagnostics = `The value holds to none of the profiles ${profiles.join(', ')}`;
  return (occurrence, context) => {
    const { value } = occurrence;
    const actual =
      isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : occurrence.type;
    if (type !== undefined && actual !== undefined && actual !== type) return;
    if (only !== undefined) {
      context.services.apply(only, occurrence, context);
      return;
    }
    const fits = profiles.some(
      (profile) => context.services.conforms(occurrence, profile, context) !== false,
    );
    if (!fits) context.report({ severity: 'error', code: 'structure', diagnostics, profile: source });
  };
}

/**
 * The rule that a reference leads to a resource of one of the target profiles. What the reference itself tells is the type;
 * the profile is checked where the target is at hand: contained, in the same bundle, or looked up.
 */
export function targetProfileRule(
  profiles: readonly string[],
  library: DefinitionLibrary,
  source: string,
): Rule {
  let byType: ReadonlyMap<string, readonly string[]> | undefined;
  return ({ value }, context) => {
    const reference = isObject(value) ? value['reference'] : undefined;
    if (typeof reference !== 'string') return;
    byType ??= typesOf(profiles, library);
    const target = context.target(reference) ?? undefined;
    const type = target?.resourceType ?? referencedType(reference);
    if (typeof type !== 'string' || !library.isResource(type)) return;
    const known = [...byType].filter(([allowed]) => allowed !== '' && library.isKindOf(type, allowed));
    const candidates = known.flatMap(([, list]) => list);
    // Where a profile is not known, so is its type.
    const unknown = byType.get('') ?? [];
    if (candidates.length === 0 && unknown.length === 0) {
      const diagnostics = `The target must be of type ${[...byType.keys()].join(' | ')}`;
      context.report({ severity: 'error', code: 'value', diagnostics, profile: source });
      return;
    }
    if (target === undefined) return;
    const occurrence = { value: target, companion: undefined, index: -1, type: undefined };
    const fits = candidates.some(
      (profile) =>
        baseTypeOf(profile, library.types) !== undefined ||
        context.services.conforms(occurrence, profile, context) !== false,
    );
    if (fits) return;
    if (unknown.length > 0) {
      const diagnostics = `The target was not checked: the profile ${unknown.join(', ')} is not known to this server`;
      context.report({ severity: 'warning', code: 'not-found', diagnostics, profile: source });
      return;
    }
    const diagnostics = `The target holds to none of the profiles ${candidates.join(', ')}`;
    context.report({ severity: 'error', code: 'structure', diagnostics, profile: source });
  };
}

/**
 * The rule that the target of a reference is held as the definition says: contained, in the same bundle, or elsewhere
 * (elementdefinition.html#ElementDefinition.type.aggregation).
 */
export function aggregationRule(modes: readonly string[], source: string): Rule {
  const diagnostics = `The target must be ${modes.join(' | ')}`;
  return ({ value }, context) => {
    const reference = isObject(value) ? value['reference'] : undefined;
    if (typeof reference !== 'string') return;
    const isBundled = context.resolve(reference) !== undefined;
    const mode = reference.startsWith('#') ? 'contained' : isBundled ? 'bundled' : 'referenced';
    // What is in the same bundle is referred to as well.
    if (modes.includes(mode) || (mode === 'bundled' && modes.includes('referenced'))) return;
    context.report({ severity: 'error', code: 'structure', diagnostics, profile: source });
  };
}

/** Target profiles by type; those that are not known under the empty name. */
function typesOf(
  profiles: readonly string[],
  library: DefinitionLibrary,
): ReadonlyMap<string, readonly string[]> {
  const types = new Map<string, string[]>();
  for (const profile of profiles) {
    const type = library.root(profile)?.type ?? '';
    types.set(type, [...(types.get(type) ?? []), profile]);
  }
  return types;
}
