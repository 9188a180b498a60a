import { withoutVersion } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import { bindingRules, codePresentRule } from './codes.ts';
import { datatypeRules } from './datatype-rules.ts';
import { type DefinitionLibrary, typeCodes } from './definition-library.ts';
import type { ElementNode } from './element-tree.ts';
import { constraintsOf, type InvariantCompiler } from './invariants.ts';
import type { Members, Occurrence } from './occurrences.ts';
import type { Place } from './place.ts';
import type { CompilerParts } from './profile-compiler.ts';
import { bundleReferenceRule } from './references.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { urnRule } from './value-rules.ts';

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
  rule: PropertyRule;
}

type ObjectRule = (members: Members, context: RuleContext) => void;

/**
 * Compiles the definitions of R4 into the rules that the check of the structure does not cover: invariants, extensible
 * bindings, extensions, the resources within a resource. Each type is compiled when its first value comes.
 */
export class BaseCompiler {
  readonly #library: DefinitionLibrary;
  readonly #terminology: Terminology;
  readonly #invariants: InvariantCompiler;
  readonly #withBestPractice: boolean;
  readonly #hooks: BaseHooks;
  readonly #datatypes: ReadonlyMap<string, Rule>;
  readonly #types = new Map<string, Rule>();
  readonly #objects = new Map<ElementNode, ObjectRule>();

  constructor({ library, terminology, invariants, withBestPractice }: CompilerParts, hooks: BaseHooks) {
    this.#library = library;
    this.#terminology = terminology;
    this.#invariants = invariants;
    this.#withBestPractice = withBestPractice;
    this.#hooks = hooks;
    this.#datatypes = datatypeRules(terminology);
  }

  /** The rules of a complex type or a resource type. */
  typeRule(type: string): Rule {
    let rule = this.#types.get(type);
    if (rule === undefined) {
      rule = this.#compileType(type);
      this.#types.set(type, rule);
    }
    return rule;
  }

  #compileType(type: string): Rule {
    const root = this.#library.typeRoot(type);
    if (root === undefined) return () => {};
    const object = this.#objectRule(root);
    const invariants = this.#invariantRules(root, type);
    return (occurrence, context) => {
      if (!isObject(occurrence.value)) return;
      object(occurrence.value, context);
      for (const rule of invariants) rule(occurrence, context);
    };
  }

  #invariantRules({ definition, profile }: ElementNode, start: string): readonly Rule[] {
    return constraintsOf(definition, this.#withBestPractice).map((constraint) =>
      this.#invariants.rule(constraint, start, profile),
    );
  }

  /** The rules of the elements of an object. */
  #objectRule(node: ElementNode): ObjectRule {
    let rule = this.#objects.get(node);
    if (rule === undefined) {
      let properties: ReadonlyMap<string, Property> | undefined;
      rule = (members, context) => {
        properties ??= this.#properties(node);
        context.visit();
        checkMembers(properties, members, context);
      };
      this.#objects.set(node, rule);
    }
    return rule;
  }

  #properties(node: ElementNode): ReadonlyMap<string, Property> {
    const properties = new Map<string, Property>();
    for (const child of node.children.values()) {
      const codes = typeCodes(child.definition);
      const place: Place = { path: child.definition.path.replace('[x]', ''), types: codes };
      if (child.definition.contentReference !== undefined) {
        const rule = this.#contentReferenceRule(child);
        properties.set(child.name, {
          step: child.name,
          place: { ...place, types: ['BackboneElement'] },
          companion: undefined,
          rule,
        });
        continue;
      }
      for (const code of codes) {
        const key = child.isChoice ? child.name + code.charAt(0).toUpperCase() + code.slice(1) : child.name;
        const isPrimitive = this.#library.isPrimitive(code);
        const rule = this.#valueRule(child, code, isPrimitive);
        const own: Place = { path: place.path, types: [code] };
        if (rule !== undefined) {
          const companion = isPrimitive ? `_${key}` : undefined;
          properties.set(key, { step: child.name, place: own, companion, rule });
        }
        if (isPrimitive && child.name !== 'id') {
          properties.set(`_${key}`, {
            step: child.name,
            place: own,
            companion: undefined,
            rule: this.#companionRule(child, key),
          });
        }
      }
    }
    return properties;
  }

  /** The rules of the id and extensions of a primitive. */
  #companionRule({ definition, profile }: ElementNode, key: string): PropertyRule {
    let object: ObjectRule | undefined;
    const [present] = codePresentRule(definition, profile);
    return (companion, _companion, members, context) => {
      if (!isObject(companion)) return;
      if (present !== undefined && (members[key] === undefined || Array.isArray(members[key]))) {
        const value = Array.isArray(members[key]) ? context.entryOf(members[key] as unknown[]) : undefined;
        present({ value: value ?? undefined, companion, index: -1, type: undefined }, context);
      }
      object ??= this.#elementRule();
      object(companion, context);
    };
  }

  #elementRule(): ObjectRule {
    const root = this.#library.typeRoot('Element');
    return root === undefined ? () => {} : this.#objectRule(root);
  }

  #contentReferenceRule(child: ElementNode): PropertyRule {
    let object: ObjectRule | undefined;
    let invariants: readonly Rule[] = [];
    return (value, companion, _members, context) => {
      if (!isObject(value)) return;
      if (object === undefined) {
        const node = this.#library.referredTo(child);
        if (node === undefined) return;
        object = this.#objectRule(node);
        invariants = this.#invariantRules(node, node.definition.path);
      }
      object(value, context);
      const occurrence = { value, companion, index: -1, type: undefined };
      for (const rule of invariants) rule(occurrence, context);
    };
  }

  /** The rules of an element of one type; undefined where there are none. */
  #valueRule(child: ElementNode, code: string, isPrimitive: boolean): PropertyRule | undefined {
    if (this.#library.isResource(code)) return this.#resourceRule(child);
    const { definition } = child;
    const isInPlace = code === 'BackboneElement' || (code === 'Element' && child.children.size > 0);
    const rules: Rule[] = bindingRules(
      definition,
      child.profile,
      this.#terminology,
      (strength) =>
        // The check of the structure has these; a unit is not among them.
        strength === 'required' &&
        ['code', 'Coding', 'CodeableConcept'].includes(code) &&
        this.#isExpanded(child),
    );
    if (code === 'Extension') {
      const isModifier = child.name === 'modifierExtension';
      rules.push((occurrence, context) => this.#hooks.extension(occurrence, isModifier, context));
    }
    if (code === 'Reference') {
      const targets = (definition.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
      rules.push(bundleReferenceRule(targets, this.#library));
    }
    if (['uri', 'url', 'canonical'].includes(code)) rules.push(urnRule);
    const ofType = this.#datatypes.get(code);
    if (ofType !== undefined) rules.push(ofType);
    if (isInPlace) {
      const object = this.#objectRule(child);
      rules.push(({ value }, context) => {
        if (isObject(value)) object(value, context);
      });
    } else if (code === 'Extension') {
      rules.push((occurrence, context) => {
        context.extensionUrls.push(isObject(occurrence.value) ? occurrence.value['url'] : undefined);
        this.typeRule(code)(occurrence, context);
        context.extensionUrls.pop();
      });
    } else if (!isPrimitive) {
      rules.push((occurrence, context) => this.typeRule(code)(occurrence, context));
    }
    rules.push(...this.#invariantRules(child, isInPlace ? definition.path : code));
    if (rules.length === 0) return undefined;
    return (value, companion, _members, context) => {
      const occurrence = { value, companion, index: -1, type: undefined };
      for (const rule of rules) rule(occurrence, context);
    };
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
}

function checkMembers(
  properties: ReadonlyMap<string, Property>,
  members: Members,
  context: RuleContext,
): void {
  for (const key in members) {
    const property = properties.get(key);
    if (property === undefined) continue;
    const value = members[key];
    if (value === undefined || value === null || context.isDecided) continue;
    const { step, place, companion, rule } = property;
    const beside = companion === undefined ? undefined : members[companion];
    context.enter(step);
    context.places.push(place);
    if (Array.isArray(value)) {
      const companions: readonly unknown[] = Array.isArray(beside) ? beside : [];
      for (let index = 0; index < value.length; index++) {
        const entry: unknown = value[index];
        if (entry === null || context.isDecided) continue;
        context.enter(index);
        rule(entry, companions[index], members, context);
        context.leave();
      }
    } else rule(value, beside, members, context);
    context.places.pop();
    context.leave();
  }
}
