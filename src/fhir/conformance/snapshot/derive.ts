import type { ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import {
  choiceOf,
  copyOf,
  ElementBudget,
  type ElementNode,
  elementsOf,
  mapped,
  nodeOf,
  treeOf,
} from './element-tree.ts';
import { SnapshotError } from './error.ts';
import { mergeElement } from './merge-element.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { childrenSource, type Types, typesNamed } from './types.ts';

/** Finds a StructureDefinition with its snapshot; undefined where there is none (or it is just being derived). */
type FindDefinition = (canonical: string) => StructureDefinition | undefined;

/**
 * The elements of the snapshot of a profile, or of a type or logical model that adds to its base: its differential
 * laid over the snapshot of its base (profiling.html#snapshot). Children of elements are unfolded where the
 * differential speaks of them.
 * @param base the definition that `definition` names as its base, with its snapshot
 * @throws SnapshotError when the differential does not fit the base
 */
export function deriveSnapshot(
  definition: StructureDefinition,
  base: StructureDefinition,
  find: FindDefinition,
): ElementDefinition[] {
  return new Derivation(definition, base, find).elements();
}

class Derivation {
  readonly #definition: StructureDefinition;
  readonly #find: FindDefinition;
  readonly #budget = new ElementBudget();
  readonly #root: ElementNode;
  /** The types that the base allows of the choices that the differential limits by short forms. */
  readonly #unlimited = new Map<ElementNode, Types>();
  /** Trees of what children are unfolded from. */
  readonly #trees = new Map<StructureDefinition, ElementNode>();
  /** May elements be added that the base has not? */
  readonly #adds: boolean;

  constructor(definition: StructureDefinition, base: StructureDefinition, find: FindDefinition) {
    this.#definition = definition;
    this.#find = find;
    this.#adds = definition.derivation === 'specialization';
    this.#root = copyOf(treeOf(base.snapshot?.element ?? []), this.#budget);
    if (this.#adds) this.#root.name = definition.type.slice(definition.type.lastIndexOf('/') + 1);
  }

  elements(): ElementDefinition[] {
    let segments: Segment[] = [];
    for (const element of this.#definition.differential?.element ?? []) {
      if (typeof element?.path !== 'string')
        throw new SnapshotError('an element of its differential has no path');
      segments = segmentsOf(element, segments);
      const node = this.#nodeOf(segments, element);
      node.element = mergeElement(node.element, element, this.#definition.url);
    }
    return elementsOf(this.#root);
  }

  #nodeOf([root, ...below]: Segment[], element: ElementDefinition): ElementNode {
    if (root?.name !== this.#root.name) {
      throw new SnapshotError(`the element ${element.path} of its differential is not of ${this.#root.name}`);
    }
    return below.reduce((parent, segment) => this.#step(parent, segment, element), this.#root);
  }

  #step(parent: ElementNode, segment: Segment, element: ElementDefinition): ElementNode {
    if (parent.children.size === 0) parent.children = this.#childrenOf(parent);
    const child = parent.children.get(segment.name);
    if (child !== undefined) {
      return segment.slice === undefined
        ? child
        : (child.slices.get(segment.slice) ?? this.#slice(child, segment.slice));
    }
    const choice = choiceOf(parent, segment.name);
    if (choice !== undefined) return this.#shortForm(choice, segment, element);
    if (this.#adds) return this.#added(parent, segment, element);
    throw new SnapshotError(`the element ${element.path} of its differential is not in its base`);
  }

  /**
   * The slice that `valueQuantity` is short for. Where nobody slices the choice otherwise, the short form says besides
   * that the value is of that type, or of one of the types so named (profiling.html#slicing, "value[x]").
   */
  #shortForm(choice: ElementNode, segment: Segment, { path }: ElementDefinition): ElementNode {
    const unlimited = this.#unlimited.get(choice) ?? choice.element.type ?? [];
    const types = typesNamed(choice.name, segment.name, unlimited);
    if (types.length === 0) throw new SnapshotError(`its base does not allow the type of ${path}`);
    const name = segment.slice ?? segment.name;
    const limits = choice.element.slicing === undefined || this.#unlimited.has(choice);
    const known = choice.slices.get(name);
    const slice = known ?? this.#slice(choice, name);
    if (known === undefined) slice.element = { ...slice.element, type: types };
    if (limits) {
      const named = this.#unlimited.has(choice) ? (choice.element.type ?? []) : [];
      const allowed = new Set([...named, ...types]);
      this.#unlimited.set(choice, unlimited);
      const slicing: ElementDefinition['slicing'] = { ...typeSlicing, rules: 'closed' };
      const type = unlimited.filter((each) => allowed.has(each));
      choice.element = { ...choice.element, slicing, type };
    }
    return slice;
  }

  #added(parent: ElementNode, { name }: Segment, element: ElementDefinition): ElementNode {
    this.#budget.take();
    const { path, min = 0, max = '1' } = element;
    const added: ElementDefinition = { path, min, max, base: { path, min, max } };
    const node = nodeOf(name, added);
    parent.children.set(name, node);
    return node;
  }

  /**
   * A new slice: like the element that it is a slice of was in the base, as what the differential says of that one
   * holds for its slices anyway; or like the slice that it divides (`a/b` like `a`). Children that the differential
   * unfolded are shared.
   */
  #slice(of: ElementNode, sliceName: string): ElementNode {
    const divided = sliceName.includes('/')
      ? of.slices.get(sliceName.slice(0, sliceName.lastIndexOf('/')))
      : undefined;
    const model = divided ?? of.origin ?? of;
    const children = model.children.size > 0 ? model.children : of.children;
    const { slicing: _all, ...like } = model.element;
    const types = typesNamed(of.name, sliceName, like.type ?? []);
    const slice: ElementNode = {
      ...copyOf({ ...model, children, slices: new Map() }, this.#budget),
      sliceName,
      element: { ...like, sliceName, min: 0, ...(types.length > 0 && { type: types }) },
    };
    of.slices.set(sliceName, slice);
    if (of.element.slicing === undefined) of.element = { ...of.element, slicing: defaultSlicing(of.name) };
    return slice;
  }

  #childrenOf(node: ElementNode): ElementNode['children'] {
    return mapped(this.#describing(node).children, (child) => copyOf(child, this.#budget));
  }

  /** The tree whose children are those of an element that has none in place. */
  #describing(node: ElementNode): ElementNode {
    const { contentReference, path } = node.element;
    if (contentReference !== undefined) {
      const target = this.#referred(contentReference);
      const { contentReference: _resolved, ...others } = node.element;
      node.element = { ...others, ...(target.element.type && { type: target.element.type }) };
      return target;
    }
    const source = childrenSource(node.element);
    if (source === undefined)
      throw new SnapshotError(`the element ${path} has no type whose children are known`);
    const found = this.#find(source.profile ?? source.type) ?? this.#find(source.type);
    if (found?.snapshot === undefined)
      throw new SnapshotError(`the type ${source.type} of ${path} is not known`);
    return this.#treeOf(found);
  }

  #treeOf(definition: StructureDefinition): ElementNode {
    let tree = this.#trees.get(definition);
    if (tree === undefined) {
      tree = outOf(definition, treeOf(definition.snapshot?.element ?? []));
      this.#trees.set(definition, tree);
    }
    return tree;
  }

  /** The element that another one refers to, as the base has it: what is being unfolded may be part of it. */
  #referred(contentReference: string): ElementNode {
    const [canonical = '', id = ''] = contentReference.split('#');
    const type = canonical === '' ? undefined : this.#find(canonical);
    let node: ElementNode | undefined = type === undefined ? this.#root : this.#treeOf(type);
    for (const name of id.split('.').slice(1)) node = node?.children.get(name);
    if (node === undefined) {
      throw new SnapshotError(`the element ${id}, whose content another one has, is not there`);
    }
    return node.origin ?? node;
  }
}

/** How slices are told apart where nobody says it: extensions by their URL, choices by their type. */
function defaultSlicing(name: string): ElementDefinition['slicing'] {
  if (name === 'extension' || name === 'modifierExtension') {
    return { discriminator: [{ type: 'value', path: 'url' }], ordered: false, rules: 'open' };
  }
  return name.endsWith('[x]') ? typeSlicing : { rules: 'open' };
}

const typeSlicing: ElementDefinition['slicing'] = {
  discriminator: [{ type: 'type', path: '$this' }],
  ordered: false,
  rules: 'open',
};

/** A tree to be planted elsewhere: content that is the same as that of another element says whose element it is. */
function outOf(definition: StructureDefinition, root: ElementNode): ElementNode {
  const absolute = (node: ElementNode): ElementNode => {
    const { contentReference } = node.element;
    const element = contentReference?.startsWith('#')
      ? {
          ...node.element,
          contentReference: `http://hl7.org/fhir/StructureDefinition/${definition.type}${contentReference}`,
        }
      : node.element;
    const children = mapped(node.children, absolute);
    return { ...node, element, children, slices: mapped(node.slices, absolute) };
  };
  return absolute(root);
}
