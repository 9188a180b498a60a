import { choiceName } from '../../fhir/definitions/property-name.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import { bindingRules, codePresentRule } from './codes.ts';
import { datatypeRules } from './datatype-rules.ts';
import { type DefinitionLibrary, typeCodes } from './definition-library.ts';
import { checkElementId } from './element-ids.ts';
import type { ElementNode } from './element-tree.ts';
import { constraintsOf, type InvariantCompiler } from './invariants.ts';
import { profileOfTypeRule } from './linked-profiles.ts';
import type { Members, Occurrence } from './occurrences.ts';
import type { Place } from './place.ts';
import type { CompilerParts } from './profile-compiler.ts';
import { referenceTargetRule } from './references.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { canonicalRule, isUrn, urnRule } from './value-rules.ts';

/** What the rules of R4 do at values that have rules of another kind. */
export interface BaseHooks {
  /** A resource within another one. */
  resource(
    resource: Resource,
    as: 'contained' | 'entry',
    fullUrl: string | undefined,
    context: RuleContext,
  ): void;
  /** An extension, which stands at the current place. */
  extension(occurrence: Occurrence, isModifier: boolean, context: RuleContext): void;
}

/** The rules of one JSON property; `members` are its siblings. */
type PropertyRule = (value: unknown, companion: unknown, members: Members, context: RuleContext) => void;

interface Property {
  step: string;
  place: Place;
  /** The property of the id and extensions of a primitive, undefined for the rules of such a property itself. */
  companion: string | undefined;
  /** The rules of a value, or one rule that knows its siblings. */
  rule: ValueRules | PropertyRule;
  /** True where the only rule is the one on URNs. */
  isUri: boolean;
}

/** The rules of the values of one element. */
interface ValueRules {
  /** Those of the element before, and after, those of the elements within it. */
  before: readonly Rule[];
  object: ObjectRules | undefined;
  after: readonly Rule[];
  isExtension: boolean;
  /** Name of the type whose rules are still to be added, when the first value comes. */
  pending: string | undefined;
}

/** The rules of the elements of an object, compiled when the first one comes. */
interface ObjectRules {
  node: ElementNode;
  properties: ReadonlyMap<string, Property> | undefined;
}

/** The rules of a type: those of its elements, then its invariants. */
interface TypeRules {
  object: ObjectRules;
  invariants: readonly Rule[];
}

const noRules: readonly Rule[] = [];

/**
 * Compiles the definitions of R4 into the rules that the check of the structure does not cover: invariants, extensible
 * bindings, extensions, the resources within a resource. Each type is compiled when its first value comes.
 */
export class BaseCompiler {
  readonly #library: DefinitionLibrary;
  readonly #terminology: Terminology;
  readonly #invariants: InvariantCompiler;
  readonly #withAdvice: boolean;
  readonly #hooks: BaseHooks;
  readonly #datatypes: ReadonlyMap<string, Rule>;
  readonly #types = new Map<string, TypeRules>();
  readonly #objects = new Map<ElementNode, ObjectRules>();

  constructor({ library, terminology, invariants, withAdvice }: CompilerParts, hooks: BaseHooks) {
    this.#library = library;
    this.#terminology = terminology;
    this.#invariants = invariants;
    this.#withAdvice = withAdvice;
    this.#hooks = hooks;
    this.#datatypes = datatypeRules(terminology, library.conformance);
  }

  /** Checks a resource by the rules of its type. */
  check(occurrence: Occurrence, type: string, context: RuleContext): void {
    const { value } = occurrence;
    const rules = this.#typeRules(type);
    if (rules === undefined || !isObject(value)) return;
    this.#checkMembers(rules.object, value, context);
    applyAll(rules.invariants, occurrence, context);
  }

  /** The rules of a complex type or a resource type; undefined where it has no definition. */
  #typeRules(type: string): TypeRules | undefined {
    let rules = this.#types.get(type);
    if (rules === undefined) {
      const root = this.#library.typeRoot(type);
      if (root === undefined) return undefined;
      rules = { object: this.#objectRules(root), invariants: this.#invariantRules(root, type) };
      this.#types.set(type, rules);
    }
    return rules;
  }

  #invariantRules({ definition, profile }: ElementNode, start: string): readonly Rule[] {
    return constraintsOf(definition, this.#withAdvice).map((constraint) =>
      this.#invariants.rule(constraint, start, profile),
    );
  }

  #objectRules(node: ElementNode): ObjectRules {
    let rules = this.#objects.get(node);
    if (rules === undefined) {
      rules = { node, properties: undefined };
      this.#objects.set(node, rules);
    }
    return rules;
  }

  #properties(node: ElementNode): ReadonlyMap<string, Property> {
    const properties = new Map<string, Property>();
    const { path } = node.definition;
    // The elements of a snapshot and of a differential have the same ids.
    const hasOwnIds = !this.#library.isResource(path) && path !== 'ElementDefinition';
    for (const child of node.children.values()) {
      const codes = typeCodes(child.definition);
      const place: Place = { path: child.definition.path.replace('[x]', ''), types: codes };
      const { contentReference } = child.definition;
      if (contentReference !== undefined) {
        const rule = this.#contentReferenceRule(child);
        const [, borrowed = ''] = contentReference.split('#');
        properties.set(child.name, {
          step: child.name,
          place: { ...place, types: ['BackboneElement', borrowed] },
          companion: undefined,
          rule,
          isUri: false,
        });
        continue;
      }
      if (child.name === 'id' && hasOwnIds) {
        const rule: PropertyRule = (id, _companion, _members, context) => checkElementId(id, context);
        properties.set('id', { step: 'id', place, companion: undefined, rule, isUri: false });
        continue;
      }
      for (const code of codes) {
        const key = child.isChoice ? choiceName(child.name, code) : child.name;
        const isPrimitive = this.#library.isPrimitive(code);
        const rule = this.#valueRule(child, code, isPrimitive);
        const own: Place = { path: place.path, types: [code] };
        if (rule !== undefined) {
          const companion = isPrimitive ? `_${key}` : undefined;
          properties.set(key, { step: child.name, place: own, companion, rule, isUri: isUrnRule(rule) });
        }
        if (isPrimitive && child.name !== 'id') {
          properties.set(`_${key}`, {
            step: child.name,
            place: own,
            companion: undefined,
            rule: this.#companionRule(child, key),
            isUri: false,
          });
        }
      }
    }
    return properties;
  }

  /** The rules of the id and extensions of a primitive. */
  #companionRule({ definition, profile }: ElementNode, key: string): PropertyRule {
    let element: ObjectRules | undefined;
    const [present] = codePresentRule(definition, profile);
    return (companion, _companion, members, context) => {
      if (!isObject(companion)) return;
      if (present !== undefined && (members[key] === undefined || Array.isArray(members[key]))) {
        const value = Array.isArray(members[key]) ? context.entryOf(members[key] as unknown[]) : undefined;
        present({ value: value ?? undefined, companion, index: -1, type: undefined }, context);
      }
      element ??= this.#typeRules('Element')?.object;
      if (element !== undefined) this.#checkMembers(element, companion, context);
    };
  }

  #contentReferenceRule(child: ElementNode): PropertyRule {
    let rules: TypeRules | undefined;
    return (value, companion, _members, context) => {
      if (!isObject(value)) return;
      if (rules === undefined) {
        const node = this.#library.referredTo(child);
        if (node === undefined) return;
        rules = {
          object: this.#objectRules(node),
          invariants: this.#invariantRules(node, node.definition.path),
        };
      }
      this.#checkMembers(rules.object, value, context);
      applyAll(rules.invariants, { value, companion, index: -1, type: undefined }, context);
    };
  }

  /** The rules of an element of one type; undefined where there are none. */
  #valueRule(child: ElementNode, code: string, isPrimitive: boolean): ValueRules | PropertyRule | undefined {
    if (this.#library.isResource(code)) return this.#resourceRule(child);
    const { definition } = child;
    const isInPlace = code === 'BackboneElement' || (code === 'Element' && child.children.size > 0);
    const before: Rule[] = bindingRules(
      definition,
      child.profile,
      { terminology: this.#terminology, withAdvice: this.#withAdvice },
      (strength) =>
        // The check of the structure has these; a unit is not among them.
        strength === 'required' &&
        ['code', 'Coding', 'CodeableConcept'].includes(code) &&
        this.#isExpanded(child),
    );
    const isExtension = code === 'Extension';
    if (isExtension) {
      const isModifier = child.name === 'modifierExtension';
      before.push((occurrence, context) => this.#hooks.extension(occurrence, isModifier, context));
    }
    if (code === 'Reference') {
      const targets = (definition.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
      before.push(referenceTargetRule(targets, this.#library));
    }
    const { profile: profiles = [] } = definition.type?.find((one) => one.code === code) ?? {};
    // An extension is checked by the definition that its URL names.
    if (profiles.length > 0 && !isExtension)
      before.push(profileOfTypeRule(profiles, undefined, child.profile));
    if (['uri', 'url', 'canonical'].includes(code)) before.push(urnRule);
    if (code === 'canonical') before.push(canonicalRule);
    const ofType = this.#datatypes.get(code);
    if (ofType !== undefined) before.push(ofType);
    const object = isInPlace ? this.#objectRules(child) : undefined;
    const after = this.#invariantRules(child, isInPlace ? definition.path : code);
    if (isPrimitive && before.length === 0 && after.length === 0) return undefined;
    const pending = isInPlace || isPrimitive ? undefined : code;
    return { before, object, after, isExtension, pending };
  }

  /** Adds the rules of the type to those of an element. */
  #addType(rules: ValueRules, type: string): void {
    const ofType = this.#typeRules(type);
    rules.pending = undefined;
    rules.object = ofType?.object;
    rules.after = [...(ofType?.invariants ?? noRules), ...rules.after];
  }

  /** Whether the check of the structure knows the value set of a required binding, code by code. */
  #isExpanded({ definition: { binding } }: ElementNode): boolean {
    const { valueSets } = this.#library.types;
    const url = withoutVersion(binding?.valueSet ?? '');
    if (!Object.hasOwn(valueSets, url)) return false;
    return Object.values(valueSets[url]?.systems ?? {}).every((codes) => codes !== null);
  }

  #resourceRule({ name }: ElementNode): PropertyRule {
    const as = name === 'contained' ? 'contained' : 'entry';
    return (value, _companion, members, context) => {
      if (!isObject(value) || typeof value['resourceType'] !== 'string') return;
      const fullUrl = typeof members['fullUrl'] === 'string' ? members['fullUrl'] : undefined;
      this.#hooks.resource(value as Resource, as, fullUrl, context);
    };
  }

  #checkMembers(rules: ObjectRules, members: Members, context: RuleContext): void {
    rules.properties ??= this.#properties(rules.node);
    context.visit();
    for (const key in members) {
      const property = rules.properties.get(key);
      if (property === undefined) continue;
      const value = members[key];
      if (value === undefined || value === null || context.isDecided) continue;
      const { companion, isUri } = property;
      if (isUri && typeof value === 'string' && !isUrn(value)) continue;
      const beside = companion === undefined ? undefined : members[companion];
      context.enter(property.step);
      context.places.push(property.place);
      if (Array.isArray(value)) {
        const companions: readonly unknown[] = Array.isArray(beside) ? beside : noRules;
        for (let index = 0; index < value.length; index++) {
          const entry: unknown = value[index];
          if (entry === null || context.isDecided) continue;
          context.enter(index);
          this.#checkValue(property, entry, companions[index], members, context);
          context.leave();
        }
      } else this.#checkValue(property, value, beside, members, context);
      context.places.pop();
      context.leave();
    }
  }

  #checkValue(
    { rule }: Property,
    value: unknown,
    companion: unknown,
    members: Members,
    context: RuleContext,
  ): void {
    if (typeof rule === 'function') {
      rule(value, companion, members, context);
      return;
    }
    if (rule.pending !== undefined) this.#addType(rule, rule.pending);
    const { before, object, after, isExtension } = rule;
    const occurrence: Occurrence = { value, companion, index: -1, type: undefined };
    if (isExtension) context.holder = members;
    applyAll(before, occurrence, context);
    if (object !== undefined) {
      if (!isObject(value)) return;
      if (isExtension) context.extensionUrls.push(value['url']);
      this.#checkMembers(object, value, context);
      if (isExtension) context.extensionUrls.pop();
    }
    applyAll(after, occurrence, context);
  }
}

/** Whether the rule on URNs is all there is. */
function isUrnRule(rule: ValueRules | PropertyRule): boolean {
  return (
    typeof rule !== 'function' &&
    rule.before.length === 1 &&
    rule.before[0] === urnRule &&
    rule.after.length === 0
  );
}

function applyAll(rules: readonly Rule[], occurrence: Occurrence, context: RuleContext): void {
  for (let position = 0; position < rules.length; position++) rules[position]?.(occurrence, context);
}
