import type { ElementDefinitionSlicingDiscriminator } from 'fhir/r4.d.ts';
import { interned } from '../../fhir/known-strings.ts';
import { referencedType, withoutVersion } from '../../fhir/reference.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import { memberOf } from './codes.ts';
import { type DefinitionLibrary, typeCodes } from './definition-library.ts';
import type { ElementNode } from './element-tree.ts';
import { equalsFixed, patternTest } from './fixed-values.ts';
import { choiceOccurrences, membersOf, type Occurrence, occurrencesOf } from './occurrences.ts';
import type { RuleContext } from './rule-context.ts';
import { type Mark, markOf, type SliceIndex, sliceIndex } from './slice-index.ts';
import { choiceValue } from './value-rules.ts';

/** Whether a value belongs to a slice; undefined where nobody can tell, as of a code of a system that is not held. */
export type Matcher = (occurrence: Occurrence, context: RuleContext) => boolean | undefined;

/** What a discriminator asks of the values that it leads to; undefined where the definition says nothing there. */
type Criterion = Matcher | undefined;

/** One step of the path of a discriminator (profiling.html#discriminator). */
type Step =
  | { kind: 'child'; name: string; companion: string }
  | { kind: 'extension'; url: string }
  | { kind: 'type'; type: string }
  | { kind: 'resolve' };

/** Beyond this depth a discriminator is not looked for in fixed values of descendants. */
const deepest = 4;

/** Makes the matchers of slices from the discriminators of the slicing. */
export class DiscriminatorCompiler {
  readonly #library: DefinitionLibrary;
  readonly #terminology: Terminology;
  /** What the values have that matchers take. */
  readonly #marks = new WeakMap<Matcher, Mark>();

  constructor(library: DefinitionLibrary, terminology: Terminology) {
    this.#library = library;
    this.#terminology = terminology;
  }

  /**
   * The matcher of a slice by all discriminators together.
   * @returns undefined where none of them tells the slice from others: then nothing belongs to it
   */
  matcher(
    slice: ElementNode,
    discriminators: readonly ElementDefinitionSlicingDiscriminator[],
  ): Matcher | undefined {
    const matchers = discriminators.flatMap((one) => this.#byDiscriminator(slice, one) ?? []);
    const [first, ...others] = matchers;
    if (first === undefined) return undefined;
    if (others.length === 0) return first;
    const all = allOf(matchers);
    const mark = this.#marks.get(first);
    if (mark !== undefined) this.#marks.set(all, mark);
    return all;
  }

  /** The index of slices by what their values must have; undefined where something else tells them apart. */
  indexOf(matchers: readonly (Matcher | undefined)[]): SliceIndex | undefined {
    return sliceIndex(matchers.map((matches) => matches && this.#marks.get(matches)));
  }

  #byDiscriminator(
    slice: ElementNode,
    { type, path }: ElementDefinitionSlicingDiscriminator,
  ): Matcher | undefined {
    if (path === 'url' && slice.name.toLowerCase().endsWith('extension')) {
      const found = this.#extensionUrl(slice);
      if (found !== undefined) {
        const url = interned(found);
        const matches: Matcher = ({ value }) => isObject(value) && value['url'] === url;
        this.#marks.set(matches, { path: ['url'], text: url });
        return matches;
      }
    }
    const steps = parsePath(path);
    if (steps === undefined) return undefined;
    const nodes = this.#reached(slice, steps);
    const criteria = nodes.flatMap(
      (node) => this.#criterion(type, node, steps.at(-1)?.kind === 'resolve') ?? [],
    );
    if (criteria.length === 0) return undefined;
    const fits = anyOf(criteria);
    const absent = type === 'exists' || nodes.some(({ definition }) => definition.max === '0');
    if (steps.length === 0) return fits;
    const [only] = steps;
    if (steps.length === 1 && only?.kind === 'child' && !absent && !nodes.some(({ isChoice }) => isChoice)) {
      const matches: Matcher = ({ value, companion }, context) => {
        const members = membersOf(value, companion);
        if (members === undefined) return false;
        const target = members[only.name];
        if (isObject(target) || typeof target === 'string') {
          const one = { value: target, companion: members[only.companion], index: -1, type: undefined };
          return fits(one, context) === true;
        }
        for (const one of occurrencesOf(members, only.name, only.companion)) {
          if (fits(one, context)) return true;
        }
        return false;
      };
      const [node, ...more] = nodes;
      const mark = more.length === 0 && markOf([only.name], node && expectedAt(node));
      if (mark) this.#marks.set(matches, mark);
      return matches;
    }
    return (occurrence, context) => {
      const targets = this.#navigate([occurrence], steps, context);
      if (absent && targets.length === 0) return fits({ ...nothing }, context);
      return any(targets, (target) => fits(target, context));
    };
  }

  /** The elements that the path of a discriminator leads to. */
  #reached(slice: ElementNode, steps: readonly Step[]): readonly ElementNode[] {
    let nodes: readonly ElementNode[] = [slice];
    for (const step of steps) nodes = nodes.flatMap((node) => this.#follow(node, step));
    return nodes;
  }

  /** The URL that an extension of this slice has. */
  #extensionUrl(slice: ElementNode): string | undefined {
    for (const url of this.#library.children(slice, 'url')) {
      const fixed = url.definition.fixedUri ?? url.definition.patternUri;
      if (fixed !== undefined) return fixed;
    }
    const profile = slice.definition.type?.[0]?.profile?.[0];
    return profile === undefined ? undefined : withoutVersion(profile);
  }

  /** The elements of definitions that a step leads to. */
  #follow(node: ElementNode, step: Step): readonly ElementNode[] {
    switch (step.kind) {
      case 'child':
        return this.#library.children(node, step.name).flatMap((child) => {
          // What a slice that must be there fixes, the slice of the element is told by.
          const slices = child.slices.filter(({ definition }) => (definition.min ?? 0) > 0);
          return slices.length > 0 ? slices : [child];
        });
      case 'type':
        return [node.slices.find(({ definition }) => typeCodes(definition).includes(step.type)) ?? node];
      case 'extension': {
        const nodes = this.#library.children(node, 'extension');
        const slices = nodes.flatMap(({ slices }) => slices);
        const slice = slices.find((one) => this.#extensionUrl(one) === step.url);
        if (slice !== undefined) return [slice];
        const root = this.#library.root(step.url)?.node;
        return root === undefined ? [] : [root];
      }
      case 'resolve':
        return (node.definition.type ?? []).flatMap(({ targetProfile }) =>
          (targetProfile ?? []).flatMap((one) => this.#library.root(one)?.node ?? []),
        );
    }
  }

  #criterion(
    type: ElementDefinitionSlicingDiscriminator['type'],
    node: ElementNode,
    isResolved: boolean,
  ): Criterion {
    switch (type) {
      case 'value':
      case 'pattern':
        return this.#valueCriterion(node, 0) ?? this.#slicesCriterion(node) ?? presence(node);
      case 'exists':
        return presence(node);
      case 'type':
        return this.#typeCriterion(node, isResolved);
      case 'profile':
        return profileCriterion(isResolved ? [node.profile] : profilesOf(node));
      default:
        return undefined;
    }
  }

  /** By what a definition fixes at the element, binds it to, or fixes below it. */
  #valueCriterion(node: ElementNode, depth: number): Criterion {
    const { definition } = node;
    const fixed = choiceValue(definition, 'fixed');
    if (fixed !== undefined) return ({ value }) => equalsFixed(fixed, value);
    const pattern = choiceValue(definition, 'pattern');
    if (pattern !== undefined) {
      const test = patternTest(pattern);
      return ({ value }) => test(value);
    }
    if (depth < deepest) {
      const below = [...node.children.values()].flatMap(
        (child) => this.#childCriterion(child, depth + 1) ?? [],
      );
      if (below.length > 0) {
        return allOf(below);
      }
    }
    const { binding } = definition;
    if (binding?.strength === 'required' && binding.valueSet !== undefined) {
      const { valueSet } = binding;
      return ({ value }) => memberOf(this.#terminology, value, valueSet);
    }
    return undefined;
  }

  /** By what is fixed or bound in one of the slices of an element that says nothing itself. */
  #slicesCriterion({ slices }: ElementNode): Criterion {
    const criteria = slices.flatMap((slice) => this.#valueCriterion(slice, 0) ?? []);
    if (criteria.length === 0) return undefined;
    return anyOf(criteria);
  }

  /** That some value of a child fits what is fixed there, or in a slice of it that must be there. */
  #childCriterion(child: ElementNode, depth: number): Criterion {
    const criteria = [child, ...child.slices.filter(({ definition }) => (definition.min ?? 0) > 0)].flatMap(
      (node) => this.#fixedCriterion(node, depth) ?? [],
    );
    if (criteria.length === 0) return undefined;
    return ({ value, companion }, context) => {
      const targets = this.#values(value, companion, child);
      return criteria.every((holds) => targets.some((target) => holds(target, context)));
    };
  }

  /** As the criterion of a value, but not by a binding: that is no fixed value. */
  #fixedCriterion(node: ElementNode, depth: number): Criterion {
    const { definition } = node;
    if (choiceValue(definition, 'fixed') === undefined && choiceValue(definition, 'pattern') === undefined) {
      if (node.children.size === 0) return undefined;
      const plain = { ...node, definition: { ...definition, binding: undefined } } as unknown as ElementNode;
      return this.#valueCriterion(plain, depth);
    }
    return this.#valueCriterion(node, depth);
  }

  #typeCriterion(node: ElementNode, isResolved: boolean): Criterion {
    const types = isResolved ? [node.definition.path] : typeCodes(node.definition);
    const codes = types.length > 0 ? types : [node.definition.path];
    return (occurrence) => {
      const type = typeOf(occurrence);
      return type !== undefined && codes.some((code) => this.#library.isKindOf(type, code));
    };
  }

  #navigate(
    from: readonly Occurrence[],
    steps: readonly Step[],
    context: RuleContext,
  ): readonly Occurrence[] {
    let targets = from;
    for (const step of steps) targets = targets.flatMap((target) => this.#step(target, step, context));
    return targets;
  }

  #step({ value, companion, type }: Occurrence, step: Step, context: RuleContext): readonly Occurrence[] {
    switch (step.kind) {
      case 'child': {
        const members = membersOf(value, companion) ?? {};
        const values = occurrencesOf(members, step.name, step.companion);
        if (values.length > 0) return values;
        return choiceOccurrences(members, this.#library.choiceTypes(step.name, this.#library.anyType));
      }
      case 'type':
        return type === undefined || type === step.type ? [{ value, companion, type, index: -1 }] : [];
      case 'extension':
        return occurrencesOf(membersOf(value, companion) ?? {}, 'extension', '_extension').filter(
          (one) => isObject(one.value) && one.value['url'] === step.url,
        );
      case 'resolve':
        return resolved(value, context);
    }
  }

  #values(value: unknown, companion: unknown, child: ElementNode): readonly Occurrence[] {
    const members = membersOf(value, companion);
    if (members === undefined) return [];
    if (!child.isChoice) return occurrencesOf(members, child.name, `_${child.name}`);
    return choiceOccurrences(members, this.#library.choiceTypes(child.name, this.#library.anyType));
  }
}

/** True where one of the answers is, undefined where one may be. */
function any<T>(items: readonly T[], ask: (item: T) => boolean | undefined): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const item of items) {
    const one = ask(item);
    if (one) return true;
    if (one === undefined) answer = undefined;
  }
  return answer;
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  const [first, ...others] = matchers;
  if (first !== undefined && others.length === 0) return first;
  return (occurrence, context) => any(matchers, (matches) => matches(occurrence, context));
}

function allOf(matchers: readonly Matcher[]): Matcher {
  return (occurrence, context) => {
    let answer: boolean | undefined = true;
    for (const matches of matchers) {
      const one = matches(occurrence, context);
      if (one === false) return false;
      if (one === undefined) answer = undefined;
    }
    return answer;
  };
}

const nothing: Occurrence = { value: undefined, companion: undefined, index: -1, type: undefined };

/** What a definition fixes an element to, or asks of it by a pattern. */
function expectedAt({ definition }: ElementNode): unknown {
  return choiceValue(definition, 'fixed') ?? choiceValue(definition, 'pattern');
}

function presence({ definition }: ElementNode): Criterion {
  if (definition.max === '0') return ({ value, companion }) => value === undefined && companion === undefined;
  if ((definition.min ?? 0) > 0)
    return ({ value, companion }) => value !== undefined || companion !== undefined;
  return undefined;
}

function profilesOf({ definition }: ElementNode): readonly string[] {
  return (definition.type ?? []).flatMap(({ profile }) => profile ?? []);
}

function profileCriterion(profiles: readonly string[]): Criterion {
  if (profiles.length === 0) return undefined;
  return (occurrence, context) =>
    profiles.some((profile) => context.services.conforms(occurrence, profile, context) === true);
}

/** The type of a value where it can be told: of a resource, of a choice, of the target of a reference. */
function typeOf({ value, type }: Occurrence): string | undefined {
  if (isObject(value) && typeof value['resourceType'] === 'string') return value['resourceType'];
  return type;
}

/** The target of a reference; where it is not at hand, as much as the reference tells of it. */
function resolved(value: unknown, context: RuleContext): readonly Occurrence[] {
  const reference = isObject(value) ? value['reference'] : value;
  if (typeof reference !== 'string') {
    const type = isObject(value) ? value['type'] : undefined;
    return typeof type === 'string' ? [{ ...nothing, type }] : [];
  }
  const target = context.target(reference) ?? undefined;
  if (target !== undefined) return [{ ...nothing, value: target }];
  const type = referencedType(reference);
  return type === undefined ? [] : [{ ...nothing, type }];
}

/** The steps of `a.b`, `extension('url').value`, `$this.resolve()` and the like; undefined for another form. */
function parsePath(path: string): Step[] | undefined {
  const steps: Step[] = [];
  const pattern =
    /^(?:\$this|extension\(\s*["']([^"']+)["']\s*\)|resolve\(\)|ofType\((?:FHIR\.)?(\w+)\)|(\w+)(?:\[x\])?)(?:\.|$)/;
  for (let rest = path.trim(); rest !== ''; ) {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    const [text, url, type, name] = match;
    if (url !== undefined) steps.push({ kind: 'extension', url });
    else if (type !== undefined) steps.push({ kind: 'type', type });
    else if (name !== undefined) steps.push({ kind: 'child', name, companion: `_${name}` });
    else if (text.startsWith('resolve')) steps.push({ kind: 'resolve' });
    rest = rest.slice(text.length);
  }
  return steps;
}
