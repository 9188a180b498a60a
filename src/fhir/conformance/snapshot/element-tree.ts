import type { ElementDefinition } from 'fhir/r4.d.ts';
import { SnapshotError } from './error.ts';
import { idOf, type Segment, segmentsOf } from './segments.ts';
import { choicesOf } from './types.ts';

/** The elements of a snapshot as they nest. The elements themselves are shared and never changed. */
export interface ElementNode {
  /** Last step of the path: `name`, `value[x]`; of the root the name of the type. */
  name: string;
  /** Of slices alone. */
  sliceName?: string;
  element: ElementDefinition;
  /** By their name; empty where the children are those of the type of the element. */
  children: Map<string, ElementNode>;
  /** What this is a copy of, as its base has it. */
  origin?: ElementNode;
  /** Slices of this element by their name, those of a slice (`a/b`) among them. */
  slices: Map<string, ElementNode>;
}

/** The most elements of one snapshot; the largest ones published have some thousands. */
const mostElements = 20_000;
/** The most properties of one element; ElementDefinition has some forty, and companions of primitives. */
const mostProperties = 100;

/** Counts the elements that one derivation makes, so that no profile can make it endless. */
export class ElementBudget {
  #left = mostElements;

  /** @throws SnapshotError when there are too many */
  take(): void {
    this.#left -= 1;
    if (this.#left < 0) throw tooMany();
  }
}

function tooMany(): SnapshotError {
  return new SnapshotError(`its snapshot has more than ${mostElements} elements`);
}

/**
 * Elements are copied with each slice and each part of a differential that is about them, so they may not be large.
 * @throws SnapshotError
 */
export function checkProperties(element: ElementDefinition): void {
  if (Object.keys(element).length > mostProperties) {
    throw new SnapshotError(`an element of it has more than ${mostProperties} properties`);
  }
}

/**
 * The tree of a whole snapshot.
 * @throws SnapshotError when an element stands before its parent or at the top beside another, or there is too much
 */
export function treeOf(elements: readonly ElementDefinition[]): ElementNode {
  let root: ElementNode | undefined;
  let segments: Segment[] = [];
  if (elements.length > mostElements) throw tooMany();
  for (const element of elements) {
    checkProperties(element);
    segments = segmentsOf(element, segments);
    const [{ name }, ...below] = segments as [Segment, ...Segment[]];
    if (root === undefined && below.length === 0) root = nodeOf(name, element);
    else if (root?.name === name && below.length > 0) place(root, below, element);
    else throw new SnapshotError(`its element ${element.path} stands outside of its type`);
  }
  if (root === undefined) throw new SnapshotError('it has no elements');
  return root;
}

/** A node without children and slices. */
export function nodeOf(name: string, element: ElementDefinition): ElementNode {
  return { name, element, children: new Map(), slices: new Map() };
}

function place(root: ElementNode, below: Segment[], element: ElementDefinition): void {
  const last = below.at(-1) as Segment;
  let parent: ElementNode | undefined = root;
  for (const segment of below.slice(0, -1)) parent = parent && nodeAt(parent, segment);
  if (parent === undefined) throw new SnapshotError(`its element ${element.path} stands before its parent`);
  const choice = choiceName(element);
  if (choice !== undefined && last.name !== choice) {
    last.slice ??= last.name;
    last.name = choice;
  }
  const unsliced = parent.children.get(last.name);
  const node = nodeOf(last.name, element);
  if (unsliced === undefined) parent.children.set(last.name, node);
  else unsliced.slices.set(last.slice ?? last.name, { ...node, sliceName: last.slice ?? last.name });
}

/** `value[x]` where a published element is named `valueQuantity` after its only type. */
function choiceName({ path, base }: ElementDefinition): string | undefined {
  const original = base?.path.slice(base.path.lastIndexOf('.') + 1);
  return original?.endsWith('[x]') && !path.endsWith('[x]') ? original : undefined;
}

/** Do the paths of a snapshot say choice elements by one of their types, or are ids missing? */
export function isIrregular(elements: readonly ElementDefinition[]): boolean {
  return elements.some((element) => element.id === undefined || choiceName(element) !== undefined);
}

function nodeAt(parent: ElementNode, { name, slice }: Segment): ElementNode | undefined {
  const child = parent.children.get(name);
  if (child !== undefined) return slice === undefined ? child : (child.slices.get(slice) ?? child);
  const choice = choiceOf(parent, name);
  return choice?.element.path.endsWith(`.${name}`) ? choice : choice?.slices.get(slice ?? name);
}

/** The child `value[x]` that `valueQuantity` is a type of, by its name alone. */
export function choiceOf(parent: ElementNode, name: string): ElementNode | undefined {
  for (const choice of choicesOf(name)) {
    const child = parent.children.get(choice);
    if (child !== undefined) return child;
  }
  return undefined;
}

/** A copy whose nodes may be changed, each of which leads back to what it is a copy of. */
export function copyOf(node: ElementNode, budget: ElementBudget): ElementNode {
  budget.take();
  return {
    ...node,
    origin: node.origin ?? node,
    children: mapped(node.children, (child) => copyOf(child, budget)),
    slices: mapped(node.slices, (slice) => copyOf(slice, budget)),
  };
}

/** Children or slices, each of them changed. */
export function mapped(
  nodes: ReadonlyMap<string, ElementNode>,
  change: (node: ElementNode) => ElementNode,
): Map<string, ElementNode> {
  return new Map(Array.from(nodes, ([name, node]) => [name, change(node)]));
}

/** The elements of a tree in the order of a snapshot, with their ids and paths. */
export function elementsOf(root: ElementNode): ElementDefinition[] {
  const elements: ElementDefinition[] = [];
  const visit = (node: ElementNode, above: readonly Segment[], parentPath: string): void => {
    const { name, sliceName } = node;
    const segments = [...above, { name, ...(sliceName !== undefined && { slice: sliceName }) }];
    const path = `${parentPath}${name}`;
    elements.push({ ...node.element, id: idOf(segments), path });
    for (const child of node.children.values()) visit(child, segments, `${path}.`);
    for (const slice of inOrder(node.slices)) visit(slice, above, parentPath);
  };
  visit(root, [], '');
  return elements;
}

/** Slices as they were told, but those of a slice behind it. */
function inOrder(slices: ReadonlyMap<string, ElementNode>): Iterable<ElementNode> {
  const names = [...slices.keys()];
  if (!names.some((name) => name.includes('/'))) return slices.values();
  const divisions = Map.groupBy(names, (name) => {
    const divided = name.slice(0, Math.max(name.lastIndexOf('/'), 0));
    return slices.has(divided) ? divided : '';
  });
  const below = (divided: string): string[] =>
    (divisions.get(divided) ?? []).flatMap((name) => [name, ...below(name)]);
  return below('').map((name) => slices.get(name) as ElementNode);
}
