import type { Issue } from '../../fhir/error.ts';
import type { Environment } from '../../fhir/fhirpath/expression.ts';
import { Work } from '../../fhir/fhirpath/expression.ts';
import type { Resource } from '../../fhir/resource.ts';
import { convertedUnit } from '../../fhir/ucum-library.ts';
import { containedById } from '../contained-resources.ts';
import { BundleIndex } from './bundle-index.ts';
import type { Members, Occurrence } from './occurrences.ts';
import type { Place } from './place.ts';

/** What a rule says of a value that breaks it. */
export interface Finding {
  severity: 'error' | 'warning' | 'information';
  code: Issue['code'];
  diagnostics: string;
  /** Canonical of the definition that has the rule. */
  profile?: string;
  /** Key of the invariant. */
  constraint?: string;
  refusesNoWrite?: Issue['refusesNoWrite'];
}

/** A resource on the way from the root to the current place. */
export interface Frame {
  resource: Resource;
  /** The resource that contains `resource`, or itself. */
  container: Resource;
  /** The bundle of which `container` is an entry. */
  bundle: BundleIndex | undefined;
  /** URL of that entry. */
  fullUrl: string | undefined;
  /** Those of the elements of `resource` that were visited. */
  elementIds: Set<unknown>;
  environment: Environment;
}

/**
 * The resources that references outside of a bundle lead to, as far as they were looked up: null where there is none,
 * undefined for a reference that was not looked up.
 */
export type ReferenceTargets = (reference: string) => Resource | null | undefined;

/** What a validation takes from outside. */
export interface RuleServices {
  memberOf(value: unknown, valueSet: string): boolean | undefined;
  /** Whether a value holds to a profile; undefined where the profile is not known. */
  conforms(occurrence: Occurrence, profile: string, context: RuleContext): boolean | undefined;
  /** Checks a value by a profile, where it is known. */
  apply(profile: string, occurrence: Occurrence, context: RuleContext): void;
}

export interface ContextOptions {
  /** Whether resources are held to the profiles that they declare. */
  readsDeclared: boolean;
  /** Whether it is only asked if a write would be refused: the first reason is enough. */
  onlyRefusals: boolean;
  targets: ReferenceTargets | undefined;
}

/** Further issues of one resource would not help its author, and must not cost the server. */
const mostIssues = 200;

/** Elements that the rules of one validation may visit; hostile definitions could multiply them without end. */
const mostVisits = 2_000_000;

/** Steps of the path above which no further resource is followed: a chain of those that refer to one another has no end. */
const greatestDepth = 160;

/** The state of one validation by rules: the place where it stands, the resources around it, the issues found. */
export class RuleContext {
  readonly issues: Issue[] = [];
  readonly services: RuleServices;
  readonly readsDeclared: boolean;
  readonly #onlyRefusals: boolean;
  readonly #targets: ReferenceTargets | undefined;
  /** Element names and indexes from the root; those beyond `depth` are left over. */
  readonly #steps: (string | number)[] = [];
  #depth = 0;
  /** What the definitions call the elements from the innermost resource to the current place. */
  places: Place[] = [];
  /** The object that has the extension at the current place. */
  holder: Members = {};
  /** URLs of the extensions around the current place, the nearest last. */
  readonly extensionUrls: unknown[] = [];
  frame: Frame;
  readonly #work = new Work();
  /** Above 0 while it is only asked whether rules hold. */
  #trials = 0;
  /** Whether a question was left without an answer. */
  #isCut = false;
  #failed = false;
  #visits = 0;
  /** Profiles by value for which the answer is known or being found out. */
  #conformity: Map<unknown, Map<string, boolean>> | undefined;

  constructor(root: Resource, services: RuleServices, options: ContextOptions) {
    this.services = services;
    this.readsDeclared = options.readsDeclared;
    this.#onlyRefusals = options.onlyRefusals;
    this.#targets = options.targets;
    this.frame = this.#frameOf(root, root, undefined, undefined);
  }

  enter(step: string | number): void {
    this.#steps[this.#depth++] = step;
  }

  leave(): void {
    this.#depth--;
  }

  /** The entry of an array at the index that the current place ends in. */
  entryOf(values: readonly unknown[]): unknown {
    const index = this.#steps[this.#depth - 1];
    return typeof index === 'number' ? values[index] : undefined;
  }

  /** True when a trial has failed, or the validation has cost enough: then further rules tell nothing. */
  get isDecided(): boolean {
    if (this.#visits > mostVisits) return true;
    return this.#trials > 0 ? this.#failed : this.#hasEnough;
  }

  /** Whether no further issue need be found. */
  get #hasEnough(): boolean {
    return this.issues.length >= (this.#onlyRefusals ? 1 : mostIssues);
  }

  /** True when the validation was cut short. */
  get isExhausted(): boolean {
    return this.#isCut || this.#visits > mostVisits || this.#work.steps <= 0;
  }

  /** False where a rule that refuses no write, whatever it finds, need not look. */
  get seeksWarnings(): boolean {
    return !this.#onlyRefusals && this.#trials === 0;
  }

  /** Counts one element that a rule visits. */
  visit(): void {
    this.#visits++;
  }

  /** Runs `rules` on a resource within the current one. */
  within(
    resource: Resource,
    as: 'contained' | 'entry',
    fullUrl: string | undefined,
    rules: () => void,
  ): void {
    const outer = this.frame;
    const { places } = this;
    this.places = [];
    this.frame =
      as === 'contained'
        ? this.#frameOf(resource, outer.container, outer.bundle, outer.fullUrl)
        : this.#frameOf(
            resource,
            resource,
            outer.resource.resourceType === 'Bundle' ? this.bundleOf(outer.resource) : outer.bundle,
            fullUrl,
          );
    rules();
    this.frame = outer;
    this.places = places;
  }

  #bundles: Map<Resource, BundleIndex> | undefined;

  /** The entries of a bundle by what refers to them, indexed once. */
  bundleOf(bundle: Resource): BundleIndex {
    this.#bundles ??= new Map();
    let index = this.#bundles.get(bundle);
    if (index === undefined) {
      index = new BundleIndex(bundle);
      this.#bundles.set(bundle, index);
    }
    return index;
  }

  #frameOf(
    resource: Resource,
    container: Resource,
    bundle: BundleIndex | undefined,
    fullUrl: string | undefined,
  ): Frame {
    const frame: Frame = {
      resource,
      container,
      bundle,
      fullUrl,
      elementIds: new Set(),
      environment: {
        resource,
        rootResource: container,
        work: this.#work,
        resolve: (reference) => this.#targetIn(frame, reference) ?? undefined,
        memberOf: (value, valueSet) => this.services.memberOf(value, valueSet),
        convert: convertedUnit,
        conformsTo: (value, profile) =>
          this.services.conforms({ value, companion: undefined, index: -1, type: undefined }, profile, this),
      },
    };
    return frame;
  }

  /** The resource that a reference points to where it is within what is validated. */
  resolve(reference: string): Resource | undefined {
    return this.#resolveIn(this.frame, reference);
  }

  /** As `resolve`, or where it was looked up; null where it was and there is none. */
  target(reference: string): Resource | null | undefined {
    return this.#targetIn(this.frame, reference);
  }

  #targetIn(frame: Frame, reference: string): Resource | null | undefined {
    const inside = this.#resolveIn(frame, reference);
    // What is relative in a bundle is relative to the URLs of its entries.
    return inside ?? (frame.bundle === undefined ? this.#targets?.(reference) : undefined);
  }

  #resolveIn({ container, bundle, fullUrl }: Frame, reference: string): Resource | undefined {
    if (!reference.startsWith('#')) return bundle?.resource(reference, fullUrl);
    return reference === '#' ? container : containedById(container).get(reference.slice(1));
  }

  /** Whether `rules` find no error; what they find is not reported. */
  holds(rules: () => void): boolean {
    const outer = this.#failed;
    this.#failed = false;
    this.#trials++;
    rules();
    this.#trials--;
    const holds = !this.#failed;
    this.#failed = outer;
    return holds;
  }

  /** As `holds`, once for a value and a key; a question within its own answer is taken as fulfilled. */
  holdsOnce(value: unknown, key: string, rules: () => void): boolean {
    this.#conformity ??= new Map();
    let answers = this.#conformity.get(value);
    if (answers === undefined) {
      answers = new Map();
      this.#conformity.set(value, answers);
    }
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (this.#depth >= greatestDepth) {
      this.#isCut = true;
      return true;
    }
    answers.set(key, true);
    const holds = this.holds(rules);
    answers.set(key, holds);
    return holds;
  }

  readonly #applied = new Map<unknown, string[]>();

  /** False when what is reported of a value by a profile is reported already. */
  isFirst(value: unknown, profile: string): boolean {
    if (this.#trials > 0 || typeof value !== 'object') return true;
    const applied = this.#applied.get(value);
    if (applied === undefined) this.#applied.set(value, [profile]);
    else if (applied.includes(profile)) return false;
    else applied.push(profile);
    return true;
  }

  /** How a resource that is not the current one is held: by the container of the current one, or on its own. */
  kindOf(resource: Resource): 'contained' | 'entry' {
    const contained = this.frame.container['contained'];
    return Array.isArray(contained) && contained.includes(resource) ? 'contained' : 'entry';
  }

  /** Notes what was found at the current place, or at a child of it, unless the same is noted there. */
  report(finding: Finding, child?: string): void {
    if (!this.seeksWarnings && (finding.severity !== 'error' || finding.refusesNoWrite)) return;
    if (this.#trials > 0) {
      this.#failed = true;
      return;
    }
    if (this.#hasEnough) return;
    const { severity, code, diagnostics, profile, constraint, refusesNoWrite } = finding;
    const expression = this.expression(child);
    const isKnown = this.issues.some(
      (issue) =>
        (constraint === undefined ? issue.diagnostics === diagnostics : issue.details?.code === constraint) &&
        issue.expression === expression,
    );
    if (isKnown) return;
    this.issues.push({
      severity,
      code,
      diagnostics,
      expression,
      ...(profile === undefined ? {} : { profile }),
      ...(refusesNoWrite ? { refusesNoWrite } : {}),
      ...(constraint === undefined || profile === undefined
        ? {}
        : { details: { system: profile, code: constraint } }),
    });
  }

  /** FHIRPath of the current place, or of a child of it. */
  expression(child?: string): string {
    let expression = '';
    for (let depth = 0; depth < this.#depth; depth++) {
      const step = this.#steps[depth];
      if (typeof step === 'number') expression += `[${step}]`;
      else expression += expression === '' ? step : `.${step}`;
    }
    return child === undefined ? expression : `${expression}.${child}`;
  }
}
