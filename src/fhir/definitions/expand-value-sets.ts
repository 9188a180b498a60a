import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import { withoutVersion } from '../reference.ts';
import type { ExpandedValueSet } from './model.ts';

/** Codes of one system, or `null` for a system taken whole whose codes are not at hand. */
type Systems = Map<string, Set<string> | null>;

/**
 * Expands value sets from the given terminology alone (valueset.html#compositions). A system of which the
 * codes are not known in full, or that is chosen by a filter, is accepted whole.
 */
export class ValueSetExpander {
  readonly #valueSets = new Map<string, ValueSet>();
  readonly #codeSystems = new Map<string, CodeSystem>();

  constructor(terminology: readonly (ValueSet | CodeSystem)[]) {
    for (const resource of terminology) {
      if (resource.url === undefined) continue;
      if (resource.resourceType === 'ValueSet') this.#valueSets.set(resource.url, resource);
      else this.#codeSystems.set(resource.url, resource);
    }
  }

  /** The expansion of a value set, or undefined when its definition is not at hand. */
  expand(url: string): ExpandedValueSet | undefined {
    const systems = this.#systemsOf(url);
    if (systems === undefined) return undefined;
    return {
      systems: Object.fromEntries(
        [...systems].map(([system, codes]) => [system, codes && [...codes].sort()]),
      ),
    };
  }

  #systemsOf(url: string): Systems | undefined {
    const compose = this.#valueSets.get(withoutVersion(url))?.compose;
    if (compose === undefined) return undefined;
    const systems: Systems = new Map();
    for (const include of compose.include) {
      const included = this.#selected(include);
      if (included === undefined) return undefined;
      for (const [system, codes] of included) {
        const known = systems.has(system) ? systems.get(system)! : new Set<string>();
        systems.set(system, known && codes && known.union(codes));
      }
    }
    for (const exclude of compose.exclude ?? []) {
      // What cannot be enumerated cannot be taken away: the expansion then errs on the side of acceptance.
      for (const [system, codes] of this.#selected(exclude) ?? []) {
        const known = systems.get(system);
        if (known && codes) systems.set(system, known.difference(codes));
      }
    }
    return systems;
  }

  /** What one include or exclude selects: the intersection of its system part and its value sets. */
  #selected(rule: ValueSetComposeInclude): Systems | undefined {
    const parts: (Systems | undefined)[] = (rule.valueSet ?? []).map((url) => this.#systemsOf(url));
    if (rule.system !== undefined) parts.push(new Map([[rule.system, this.#codesOf(rule.system, rule)]]));
    return parts.reduce((left, right) => left && right && intersection(left, right));
  }

  #codesOf(system: string, { concept, filter }: ValueSetComposeInclude): Set<string> | null {
    if (concept) return new Set(concept.map(({ code }) => code));
    const codeSystem = this.#codeSystems.get(system);
    if (filter || codeSystem?.content !== 'complete') return null;
    return new Set(codesBelow(codeSystem.concept ?? []));
  }
}

function* codesBelow(concepts: readonly CodeSystemConcept[]): Generator<string> {
  for (const { code, concept } of concepts) {
    yield code;
    if (concept) yield* codesBelow(concept);
  }
}

function intersection(left: Systems, right: Systems): Systems {
  const common: Systems = new Map();
  for (const [system, codes] of left) {
    if (!right.has(system)) continue;
    const others = right.get(system)!;
    common.set(system, codes && others ? codes.intersection(others) : (codes ?? others));
  }
  return common;
}
