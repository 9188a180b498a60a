import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';
import type { R4Definitions } from '../../fhir/definitions/model.ts';
import type { Issue } from '../../fhir/error.ts';
import type { Resource } from '../../fhir/resource.ts';
import { misplacedElements } from '../../fhir/xml/order.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import type { Validator } from '../validator.ts';
import { BaseCompiler } from './base-compiler.ts';
import { memberOf } from './codes.ts';
import { withoutConsequences } from './consequences.ts';
import { checkBundle, checkContained } from './container-rules.ts';
import { DefinitionLibrary } from './definition-library.ts';
import { checkEnabling } from './enabling.ts';
import { ExtensionRules } from './extensions.ts';
import { InvariantCompiler } from './invariants.ts';
import type { Occurrence } from './occurrences.ts';
import { ProfileCompiler } from './profile-compiler.ts';
import { type ReferenceTargets, RuleContext, type RuleServices } from './rule-context.ts';
import { vitalSignProfile } from './vital-signs.ts';

export interface ConformanceValidatorParts {
  definitions: R4Definitions;
  conformance: ConformanceResources;
  terminology: Terminology;
  /** The check of the structure, which comes first. */
  structure: Validator;
  /** Checks what is advice only as well: preferred bindings, invariants of best practice; off unless told. */
  withAdvice?: boolean;
}

export interface ValidateOptions {
  /** Canonicals of the profiles that the resource must hold to, beside those that it declares. */
  profiles?: readonly string[];
  /** False leaves out the profiles that resources declare in `meta.profile`. */
  declared?: boolean;
  /** True asks for the first issue that would refuse a write alone: no warning, nor an error that is only told. */
  onlyRefusals?: boolean;
  /** Absent: what a reference leads to is looked for in what is validated alone. */
  targets?: ReferenceTargets | undefined;
}

/** Validates by the structure and rules of R4, by the profiles that resources declare and by those asked for. */
export interface ConformanceValidator {
  /**
   * All issues, those of the structure first, each rule of each element once. Never throws; at most some hundreds of
   * issues. Diagnostics never carry a value of the resource.
   */
  validate(resource: Resource, options?: ValidateOptions): Issue[];
  /** The issues of the rules alone, for a resource whose structure is checked already. */
  rules(resource: Resource, options?: ValidateOptions): Issue[];
  /** Whether the profile of a canonical is there and can be used. */
  knows(profile: string): boolean;
}

/**
 * Makes a validator over conformance resources. It compiles a definition when its first value comes and keeps the result:
 * keep the validator as long as the conformance resources do not change.
 */
export function createConformanceValidator(parts: ConformanceValidatorParts): ConformanceValidator {
  const rules = new ResourceRules(parts);
  return {
    rules: (resource, options = {}) => rules.issues(resource, options),
    knows: (profile) => rules.knows(profile),
    validate(resource, options = {}) {
      const structural = parts.structure.validate(resource);
      if (!isObject(resource) || typeof resource['resourceType'] !== 'string') return structural;
      const found = withoutConsequences(rules.issues(resource, options), structural, (details) =>
        rules.invariant(details),
      );
      return [...structural, ...misplacedElements(resource).map(outOfOrder), ...found];
    },
  };
}

function outOfOrder(expression: string): Issue {
  const diagnostics = 'XML has the elements in the order of their definitions: this one stands too late';
  return { severity: 'error', code: 'structure', diagnostics, expression };
}

class ResourceRules {
  readonly #library: DefinitionLibrary;
  readonly #profiles: ProfileCompiler;
  readonly #base: BaseCompiler;
  readonly #services: RuleServices;

  constructor({ definitions, conformance, terminology, withAdvice = false }: ConformanceValidatorParts) {
    const library = new DefinitionLibrary(conformance, definitions);
    const invariants = new InvariantCompiler(definitions);
    const compiler = { library, terminology, invariants, withAdvice };
    this.#library = library;
    this.#profiles = new ProfileCompiler(compiler);
    const extensions = new ExtensionRules(library, this.#profiles);
    this.#base = new BaseCompiler(compiler, {
      resource: (resource, as, fullUrl, context) =>
        context.within(resource, as, fullUrl, () => this.#checkResource(resource, context, [])),
      extension: (occurrence, isModifier, context) => extensions.check(occurrence, isModifier, context),
    });
    this.#services = {
      memberOf: (value, valueSet) => memberOf(terminology, value, valueSet),
      conforms: (occurrence, canonical, context) => this.#conforms(occurrence, canonical, context),
      apply: (canonical, occurrence, context) => this.#apply(canonical, occurrence, context),
    };
  }

  /** The expression of an invariant. */
  invariant({ system, code }: NonNullable<Issue['details']>): string | undefined {
    const elements = this.#library.conformance.structureDefinition(system)?.definition.snapshot?.element;
    const constraints = elements?.flatMap(({ constraint = [] }) => constraint);
    return constraints?.find(({ key }) => key === code)?.expression;
  }

  knows(profile: string): boolean {
    return this.#profiles.profile(profile) !== undefined;
  }

  issues(
    resource: Resource,
    { profiles = [], declared = true, onlyRefusals = false, targets }: ValidateOptions,
  ): Issue[] {
    const options = { readsDeclared: declared, onlyRefusals, targets };
    const context = new RuleContext(resource, this.#services, options);
    context.enter(/^[A-Z]\w*$/.test(resource.resourceType) ? resource.resourceType : 'Resource');
    this.#checkResource(resource, context, profiles);
    if (context.isExhausted) {
      const diagnostics = 'The resource is too costly to check whole: some rules were not checked';
      context.report({ severity: 'warning', code: 'too-costly', diagnostics });
    }
    return context.issues;
  }

  #checkResource(resource: Resource, context: RuleContext, asked: readonly string[]): void {
    const { resourceType } = resource;
    if (!this.#library.isResource(resourceType)) return;
    const occurrence: Occurrence = { value: resource, companion: undefined, index: -1, type: undefined };
    this.#base.check(occurrence, resourceType, context);
    if (resourceType === 'Bundle') checkBundle(resource, context);
    else if (resourceType === 'Questionnaire') checkEnabling(resource, context);
    checkContained(resource, context);
    const vitalSign = vitalSignProfile(resource);
    if (vitalSign !== undefined) this.#apply(vitalSign, occurrence, context);
    for (const profile of asked) this.#checkAsked(profile, undefined, occurrence, context);
    if (!context.readsDeclared) return;
    const declared = isObject(resource.meta) ? resource.meta['profile'] : undefined;
    if (!Array.isArray(declared)) return;
    for (const [index, profile] of declared.entries()) {
      if (typeof profile === 'string')
        this.#checkAsked(profile, `meta.profile[${index}]`, occurrence, context);
    }
  }

  /** Checks by a profile that may not be known. */
  #checkAsked(canonical: string, at: string | undefined, occurrence: Occurrence, context: RuleContext): void {
    const profile = this.#profiles.profile(canonical);
    if (profile === undefined) {
      const problem = this.#library.conformance.problem(canonical);
      const diagnostics =
        problem === undefined
          ? `The profile ${canonical} is not known to this server: it was not checked`
          : `The profile ${canonical} cannot be used: ${problem}`;
      context.report({ severity: 'warning', code: 'not-found', diagnostics }, at);
      return;
    }
    if (profile.isFallback) {
      const diagnostics = `The version of the profile ${canonical} is not known to this server: another one was checked`;
      context.report({ severity: 'warning', code: 'not-found', diagnostics }, at);
    }
    this.#apply(canonical, occurrence, context);
  }

  #apply(canonical: string, occurrence: Occurrence, context: RuleContext): void {
    const profile = this.#profiles.profile(canonical);
    if (profile === undefined || context.isDecided) return;
    const { value } = occurrence;
    const type = isObject(value) ? value['resourceType'] : undefined;
    if (typeof type === 'string' && !this.#library.isKindOf(type, profile.type)) {
      const diagnostics = `A ${type} cannot hold to a profile of ${profile.type}: ${profile.url}`;
      context.report({ severity: 'error', code: 'structure', diagnostics, profile: profile.url });
      return;
    }
    if (profile.isBase || !context.isFirst(value, profile.url)) return;
    if (typeof type === 'string' && value !== context.frame.resource) {
      const resource = value as Resource;
      context.within(resource, context.kindOf(resource), context.frame.bundle?.fullUrlOf(resource), () =>
        profile.check(occurrence, context),
      );
    } else profile.check(occurrence, context);
  }

  #conforms(occurrence: Occurrence, canonical: string, context: RuleContext): boolean | undefined {
    if (this.#profiles.profile(canonical) === undefined) return undefined;
    return context.holdsOnce(occurrence.value, canonical, () => this.#apply(canonical, occurrence, context));
  }
}
