import type { ElementDefinition } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../fhir/canonical.ts';
import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';
import { typeDefinition } from '../../fhir/definitions/load.ts';
import type { R4Definitions } from '../../fhir/definitions/model.ts';
import { choiceName } from '../../fhir/definitions/property-name.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import { type ElementNode, elementTree } from './element-tree.ts';
import type { ChoiceProperty } from './occurrences.ts';

const systemTypes = 'http://hl7.org/fhirpath/System.';

/** The canonical of a type of R4. */
export function canonicalOf(type: string): string {
  return structureDefinitionsOfR4 + type;
}

/** The type of R4 that a canonical is the base definition of, undefined for a profile. */
export function baseTypeOf(canonical: string, types: R4Definitions): string | undefined {
  const url = withoutVersion(canonical);
  if (!url.startsWith(structureDefinitionsOfR4)) return undefined;
  const name = url.slice(structureDefinitionsOfR4.length);
  return typeDefinition(types, name) === undefined ? undefined : name;
}

/** Names of the types of an element, those of FHIRPath as the primitive that carries them. */
export function typeCodes({ type }: ElementDefinition): readonly string[] {
  return (type ?? []).map(({ code }) => (code.startsWith(systemTypes) ? 'string' : code));
}

/** The elements of definitions by canonical and by type, as trees. */
export class DefinitionLibrary {
  readonly conformance: ConformanceResources;
  readonly types: R4Definitions;
  readonly #roots = new Map<string, ElementNode>();
  readonly #choices = new Map<string, ReadonlyMap<string, ChoiceProperty>>();

  constructor(conformance: ConformanceResources, types: R4Definitions) {
    this.conformance = conformance;
    this.types = types;
  }

  /** The root element of a definition, with its type. */
  root(canonical: string): { node: ElementNode; type: string; isFallback: boolean } | undefined {
    const found = this.conformance.structureDefinition(canonical);
    if (found === undefined) return undefined;
    const { definition, isFallback } = found;
    // The tree that was built first stays, though the definition may be read again.
    const key = `${definition.url}|${definition.version ?? ''}`;
    let node = this.#roots.get(key);
    if (node === undefined) {
      node = elementTree(definition);
      if (node === undefined) return undefined;
      this.#roots.set(key, node);
    }
    return { node, type: definition.type, isFallback };
  }

  /** The root element of the base definition of a type. */
  typeRoot(type: string): ElementNode | undefined {
    return this.root(canonicalOf(type))?.node;
  }

  isResource(type: string): boolean {
    return typeDefinition(this.types, type)?.kind === 'resource';
  }

  isPrimitive(type: string): boolean {
    return typeDefinition(this.types, type)?.kind === 'primitive-type';
  }

  /** Whether a type is another one or derived from it. */
  isKindOf(type: string, ancestor: string): boolean {
    return type === ancestor || this.ancestry(type).includes(ancestor);
  }

  /** A type and the types that it is derived from. */
  ancestry(type: string): readonly string[] {
    const names: string[] = [];
    for (let name: string | undefined = type; name !== undefined; ) {
      names.push(name);
      name = typeDefinition(this.types, name)?.base;
    }
    return names;
  }

  /** A child in the tree of the element, or in that of the element that it borrows its children from. */
  ownChild(node: ElementNode, name: string): ElementNode | undefined {
    const child = node.children.get(name);
    if (child !== undefined || node.definition.contentReference === undefined) return child;
    return this.referredTo(node)?.children.get(name);
  }

  /** The element of a `contentReference`. */
  referredTo({ definition, profile }: ElementNode): ElementNode | undefined {
    const { contentReference } = definition;
    if (contentReference === undefined) return undefined;
    const [canonical, id = ''] = contentReference.split('#');
    const [, ...names] = id.split('.');
    let node = this.root(canonical || profile)?.node;
    for (const name of names) node = node?.children.get(name);
    return node ?? this.#inBase(id);
  }

  /** Profiles keep the content references of the type that they constrain. */
  #inBase(id: string): ElementNode | undefined {
    const [type = '', ...names] = id.split('.');
    let node = this.typeRoot(type);
    for (const name of names) node = node?.children.get(name);
    return node;
  }

  /**
   * The children that an element of definitions has: in its own tree, or in the profile of its type, or in its type.
   */
  children(node: ElementNode, name: string): readonly ElementNode[] {
    const own = this.ownChild(node, name);
    if (own !== undefined) return [own];
    return (node.definition.type ?? []).flatMap(({ code, profile }): ElementNode[] => {
      const roots = profile?.length ? profile.map((one) => this.root(one)?.node) : [this.typeRoot(code)];
      return roots.flatMap((root) => root?.children.get(name) ?? []);
    });
  }

  /** The types of a choice by JSON property: `valueString`, `_valueString` and so on. */
  choiceTypes(name: string, codes: readonly string[]): ReadonlyMap<string, ChoiceProperty> {
    const key = `${name}:${codes.join()}`;
    let types = this.#choices.get(key);
    if (types === undefined) {
      types = new Map(codes.flatMap((type) => choiceEntries(name, type)));
      this.#choices.set(key, types);
    }
    return types;
  }

  /** All types that `value[x]` of an extension may have: what a choice without types of its own may be. */
  get anyType(): readonly string[] {
    return typeCodes(
      this.typeRoot('Extension')?.children.get('value')?.definition ?? ({} as ElementDefinition),
    );
  }
}

function choiceEntries(name: string, type: string): [string, ChoiceProperty][] {
  const property = choiceName(name, type);
  const choice = { property, companion: `_${property}`, type };
  return [
    [property, choice],
    [choice.companion, choice],
  ];
}
