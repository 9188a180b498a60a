import type { ElementDefinition } from 'fhir/r4.d.ts';
import { interned } from '../../fhir/known-strings.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { bindingRules } from './codes.ts';
import { baseTypeOf, type DefinitionLibrary, typeCodes } from './definition-library.ts';
import { DiscriminatorCompiler } from './discriminators.ts';
import { childrenRule, type ElementRules } from './element-rules.ts';
import type { ElementNode } from './element-tree.ts';
import { extensionLimits } from './extension-limits.ts';
import { constraintsOf, type InvariantCompiler } from './invariants.ts';
import { aggregationRule, profileOfTypeRule, targetProfileRule } from './linked-profiles.ts';
import { membersOf } from './occurrences.ts';
import type { Rule } from './rule.ts';
import type { SliceRules, SlicingRules } from './slicing.ts';
import { defaultSlice } from './slicing.ts';
import { typeRule } from './type-rule.ts';
import { limitRule } from './value-limits.ts';
import { choiceValue, fixedRule, maxLengthRule, patternRule } from './value-rules.ts';

/** A profile as rules beyond those of the type that it constrains. */
export interface CompiledProfile {
  /** Name of that type. */
  type: string;
  /** Canonical without version. */
  url: string;
  /** True when the version that was asked for is not there. */
  isFallback: boolean;
  /** True for the definition of a type itself, whose rules are checked anyway. */
  isBase: boolean;
  check: Rule;
}

/** Canonicals that are remembered at a time. */
const mostCanonicals = 10_000;

/** What rules are made with. */
export interface CompilerParts {
  library: DefinitionLibrary;
  terminology: Terminology;
  invariants: InvariantCompiler;
  withAdvice: boolean;
}

/**
 * Compiles the snapshots of profiles into rules: each profile once, when its first value comes. Only what a profile says
 * beyond the definition of the type becomes a rule; what the type says is checked anyway. Profiles that lead to each
 * other meet through the cache.
 */
export class ProfileCompiler {
  readonly #parts: CompilerParts;
  readonly #discriminators: DiscriminatorCompiler;
  readonly #profiles = new Map<string, CompiledProfile>();
  readonly #rules = new WeakMap<ElementNode, readonly Rule[]>();

  constructor(parts: CompilerParts) {
    this.#parts = parts;
    this.#discriminators = new DiscriminatorCompiler(parts.library, parts.terminology);
  }

  /** The rules of a profile by canonical, with or without version; undefined where it is not known. */
  profile(canonical: string): CompiledProfile | undefined {
    let profile = this.#profiles.get(canonical);
    if (profile === undefined) {
      profile = this.#find(canonical);
      // Resources name profiles and versions of them as they like.
      if (this.#profiles.size >= mostCanonicals) this.#profiles.clear();
      if (profile !== undefined) this.#profiles.set(canonical, profile);
    }
    return profile;
  }

  #find(canonical: string): CompiledProfile | undefined {
    const root = this.#parts.library.root(canonical);
    if (root === undefined) return undefined;
    const { node, type, isFallback } = root;
    let rules: readonly Rule[] | undefined;
    return {
      type,
      url: node.profile,
      isFallback,
      isBase: baseTypeOf(canonical, this.#parts.library.types) !== undefined,
      check: (occurrence, context) => {
        rules ??= this.#rulesOf(node, type);
        for (const rule of rules) rule(occurrence, context);
      },
    };
  }

  /** The rules of the root of a profile, compiled once whatever canonical led to it. */
  #rulesOf(node: ElementNode, type: string): readonly Rule[] {
    let rules = this.#rules.get(node);
    if (rules === undefined) {
      const base = this.#parts.library.typeRoot(type);
      rules = this.#valueRules(node, base === undefined ? [] : [base], type);
      this.#rules.set(node, rules);
    }
    return rules;
  }

  /**
   * The rules that a definition has for each value of an element.
   * @param baselines elements whose rules are checked as well: what they say is not repeated
   * @param type name of the type of the value where the definition tells one
   */
  #valueRules(
    node: ElementNode,
    baselines: readonly ElementNode[],
    type: string | undefined,
  ): readonly Rule[] {
    const { definition, profile } = node;
    const { library } = this.#parts;
    const rules: Rule[] = [];
    const isNew = (says: (other: ElementDefinition) => boolean) =>
      !baselines.some((other) => other !== node && says(other.definition));

    const fixed = newlyFixed(node, baselines);
    if (fixed !== undefined) rules.push(fixedRule(fixed, profile));
    const pattern = choiceValue(definition, 'pattern');
    if (pattern !== undefined && isNew((other) => isSame(choiceValue(other, 'pattern'), pattern))) {
      rules.push(patternRule(pattern, profile));
    }
    for (const [name, side] of [['minValue', 'min'] as const, ['maxValue', 'max'] as const]) {
      const limit = choiceValue(definition, name);
      if (limit !== undefined && isNew((other) => isSame(choiceValue(other, name), limit))) {
        rules.push(limitRule(limit, side, profile));
      }
    }
    const { maxLength } = definition;
    if (maxLength !== undefined && isNew((other) => other.maxLength === maxLength)) {
      rules.push(maxLengthRule(maxLength, profile));
    }
    rules.push(...extensionLimits(definition, profile));
    rules.push(
      ...bindingRules(definition, profile, this.#parts, (strength, valueSet) =>
        baselines.some(({ definition: { binding } }) => {
          const isStronger = binding?.strength === 'required' || binding?.strength === strength;
          return isStronger && withoutVersion(binding?.valueSet ?? '') === withoutVersion(valueSet);
        }),
      ),
    );
    rules.push(...this.#linkRules(node, baselines));
    const children = this.#childRules(node, baselines, type);
    if (children.length > 0) {
      const check = childrenRule(children);
      rules.push(({ value, companion }, context) => {
        const members = membersOf(value, companion);
        if (members !== undefined) check(members, context);
      });
    }
    rules.push(...this.#invariantRules(node, baselines, type));
    const types = typeRule(node, baselines, library, rules);
    return types === undefined ? rules : [types];
  }

  /** The invariants of an element that its type and its baselines do not have. */
  #invariantRules(node: ElementNode, baselines: readonly ElementNode[], type: string | undefined): Rule[] {
    const { library, invariants, withAdvice } = this.#parts;
    const ofType = type === undefined ? undefined : library.typeRoot(type);
    const known = new Set(
      [...baselines, ...(ofType === undefined ? [] : [ofType])].flatMap(({ definition }) =>
        (definition.constraint ?? []).map(({ key }) => key),
      ),
    );
    const start = startOf(node, type);
    return constraintsOf(node.definition, withAdvice)
      .filter(({ key }) => !known.has(key))
      .map((constraint) => invariants.rule(constraint, start, node.profile));
  }

  /** The profiles of types and of the targets of references. */
  #linkRules({ definition, profile }: ElementNode, baselines: readonly ElementNode[]): Rule[] {
    const { library } = this.#parts;
    const rules: Rule[] = [];
    for (const { code, profile: profiles = [], targetProfile = [], aggregation = [] } of definition.type ??
      []) {
      const isKnown = (canonical: string) =>
        baselines.some((baseline) =>
          baseline.definition.type?.some(
            (other) => other.code === code && other.profile?.includes(canonical),
          ),
        ) || baseTypeOf(canonical, library.types) !== undefined;
      // An extension is checked by the definition that its URL names, wherever it stands.
      const others = code === 'Extension' ? profiles.filter((one) => this.#isOfAnotherUrl(one)) : profiles;
      if (others.length > 0 && !others.some(isKnown)) {
        const single = (definition.type?.length ?? 0) === 1;
        rules.push(profileOfTypeRule(others, single ? undefined : code, profile));
      }
      const isNarrower = !baselines.some((baseline) =>
        baseline.definition.type?.some(
          (other) =>
            other.code === code && isSame([...(other.targetProfile ?? [])].sort(), [...targetProfile].sort()),
        ),
      );
      if (code === 'Reference' && aggregation.length > 0) rules.push(aggregationRule(aggregation, profile));
      if (code === 'Reference' && targetProfile.length > 0 && isNarrower) {
        rules.push(targetProfileRule(targetProfile, library, profile));
      }
    }
    return rules;
  }

  /** True for a profile on extensions of a URL that another definition has. */
  #isOfAnotherUrl(canonical: string): boolean {
    const url = this.#parts.library.root(canonical)?.node.children.get('url')?.definition.fixedUri;
    return url !== undefined && url !== withoutVersion(canonical);
  }

  #childRules(
    node: ElementNode,
    baselines: readonly ElementNode[],
    type: string | undefined,
  ): readonly ElementRules[] {
    const { library } = this.#parts;
    const rules: ElementRules[] = [];
    for (const child of node.children.values()) {
      // A primitive has its value by itself.
      if (child.name === 'value' && type !== undefined && library.isPrimitive(type)) continue;
      const known = baselines.flatMap((baseline) => library.ownChild(baseline, child.name) ?? []);
      const ofType = type === undefined ? undefined : library.typeRoot(type)?.children.get(child.name);
      const all = ofType === undefined || known.includes(ofType) ? known : [...known, ofType];
      const compiled = this.#elementRules(child, all);
      if (compiled !== undefined) rules.push(compiled);
    }
    return rules;
  }

  /** The rules of an element among its siblings; undefined when the definition adds none. */
  #elementRules(node: ElementNode, baselines: readonly ElementNode[]): ElementRules | undefined {
    const { library } = this.#parts;
    const { definition, name, profile } = node;
    const min = definition.min ?? 0;
    const max = maxOf(definition);
    const codes = typeCodes(definition);
    const each = this.#valueRules(node, baselines, codes.length === 1 ? codes[0] : undefined);
    const slicing = this.#slicing(node, baselines, undefined);
    const fixed = newlyFixed(node, baselines);
    const isFixedAlone = typeof fixed === 'string' && each.length === 1 && slicing === undefined;
    const rules: ElementRules = {
      name,
      // All types of the base: a value of a type that the profile takes away is there, and wrong.
      choices: node.isChoice ? library.choiceTypes(name, choiceCodes(baselines, codes, library)) : undefined,
      types: node.isChoice && codes.length > 0 ? new Set(codes) : undefined,
      min: baselines.some((other) => (other.definition.min ?? 0) >= min) ? 0 : min,
      max: baselines.some((other) => maxOf(other.definition) <= max) ? Number.POSITIVE_INFINITY : max,
      each,
      only: isFixedAlone && min <= 1 && max >= 1 ? interned(fixed) : undefined,
      slicing,
      profile,
    };
    const adds =
      rules.min > 0 ||
      rules.max !== Number.POSITIVE_INFINITY ||
      rules.each.length > 0 ||
      rules.slicing !== undefined;
    return adds ? rules : undefined;
  }

  /**
   * What is checked of the extensions of a slice anyway: the definition that their URL names, wherever they stand, and the
   * slice of that definition for a part of one.
   */
  #checkedExtensions(slice: ElementNode, baselines: readonly ElementNode[]): readonly ElementNode[] {
    const profiles = slice.definition.type?.[0]?.profile ?? [];
    const definitions = profiles
      .filter((profile) => !this.#isOfAnotherUrl(profile))
      .flatMap((profile) => this.#parts.library.root(profile)?.node ?? []);
    return [...definitions, ...sameSlices(slice, baselines)];
  }

  /** The slicing of an element, or of one of its slices. */
  #slicing(
    node: ElementNode,
    baselines: readonly ElementNode[],
    outer: ElementNode | undefined,
  ): SlicingRules | undefined {
    const prefix = outer === undefined ? '' : `${outer.sliceName}/`;
    const names = new Set(node.slices.map(({ sliceName }) => sliceName));
    const own = node.slices.filter(({ sliceName = '' }) => {
      const slash = sliceName.lastIndexOf('/');
      const parent = slash < 0 ? '' : sliceName.slice(0, slash);
      return outer === undefined ? !names.has(parent) : parent === outer.sliceName;
    });
    if (own.length === 0) return undefined;
    const slicing = (outer ?? node).definition.slicing;
    const discriminators = slicing?.discriminator ?? implicitDiscriminators(node);
    const isExtension = typeCodes(node.definition).includes('Extension');
    const rules = slicing?.rules ?? 'open';
    const slices = own.flatMap((slice): SliceRules[] => {
      const isDefault = slice.sliceName === `${prefix}${defaultSlice}`;
      const matches = isDefault ? undefined : this.#discriminators.matcher(slice, discriminators);
      if (!isDefault && matches === undefined && discriminators.length === 0) return [];
      const known = [
        ...baselines,
        node,
        ...(outer === undefined ? [] : [outer]),
        ...(isExtension ? this.#checkedExtensions(slice, baselines) : []),
      ];
      const codes = typeCodes(slice.definition);
      const compiled: SliceRules = {
        name: slice.sliceName ?? '',
        matches: isDefault ? undefined : (matches ?? (() => false)),
        ...occurrenceLimits(slice, baselines),
        each: this.#valueRules(slice, known, codes.length === 1 ? codes[0] : undefined),
        inner: this.#slicing(node, known, slice),
      };
      const isFree =
        compiled.min === 0 &&
        compiled.max >= maxOf(node.definition) &&
        compiled.each.length === 0 &&
        compiled.inner === undefined;
      return isExtension && rules === 'open' && isFree ? [] : [compiled];
    });
    if (slices.length === 0) return undefined;
    return {
      rules,
      ordered: slicing?.ordered ?? false,
      slices,
      index: this.#discriminators.indexOf(slices.map(({ matches }) => matches)),
      fallback: slices.findIndex(({ matches }) => matches === undefined),
      least: slices.reduce((sum, { min }) => sum + min, 0),
      profile: node.profile,
    };
  }
}

/** What a definition fixes an element to and no baseline does; undefined where there is nothing of the kind. */
function newlyFixed(node: ElementNode, baselines: readonly ElementNode[]): unknown {
  const fixed = choiceValue(node.definition, 'fixed');
  const isKnown = baselines.some(
    (other) => other !== node && isSame(choiceValue(other.definition, 'fixed'), fixed),
  );
  return isKnown ? undefined : fixed;
}

/** The slices of other definitions for extensions of the same URL. */
function sameSlices(slice: ElementNode, others: readonly ElementNode[]): readonly ElementNode[] {
  const url = slice.children.get('url')?.definition.fixedUri;
  if (url === undefined) return [];
  return others.flatMap(({ slices }) =>
    slices.filter((one) => one !== slice && one.children.get('url')?.definition.fixedUri === url),
  );
}

/** How many values a slice must and may have beyond what the same slice of other definitions says. */
function occurrenceLimits(
  slice: ElementNode,
  baselines: readonly ElementNode[],
): { min: number; max: number } {
  const min = slice.definition.min ?? 0;
  const max = maxOf(slice.definition);
  const same = sameSlices(slice, baselines);
  return {
    min: same.some(({ definition }) => (definition.min ?? 0) >= min) ? 0 : min,
    max: same.some(({ definition }) => maxOf(definition) <= max) ? Number.POSITIVE_INFINITY : max,
  };
}

/** Extensions are sliced by URL, choices by type, even where a definition does not say so (profiling.html#slicing). */
function implicitDiscriminators(node: ElementNode) {
  if (typeCodes(node.definition).includes('Extension')) return [{ type: 'value' as const, path: 'url' }];
  return node.isChoice ? [{ type: 'type' as const, path: '$this' }] : [];
}

/** The types that the base leaves to a choice, so that a value of any of them is found. */
function choiceCodes(
  baselines: readonly ElementNode[],
  codes: readonly string[],
  library: DefinitionLibrary,
): readonly string[] {
  const all = baselines.map(({ definition }) => typeCodes(definition));
  return all.reduce(
    (most, one) => (one.length > most.length ? one : most),
    codes.length > 0 ? codes : library.anyType,
  );
}

/** The type or, for an element defined in place, the path that an expression on the element starts from. */
function startOf({ definition }: ElementNode, type: string | undefined): string {
  const isInPlace = type === undefined || type === 'BackboneElement' || type === 'Element';
  return isInPlace ? (definition.base?.path ?? definition.path).replace('[x]', '') : type;
}

function maxOf({ max = '*' }: ElementDefinition): number {
  return max === '*' ? Number.POSITIVE_INFINITY : Number(max);
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
