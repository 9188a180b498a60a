import type { ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import { choiceName } from '../../fhir/definitions/property-name.ts';

/** An element of a snapshot with what the snapshot says below it. */
export interface ElementNode {
  definition: ElementDefinition;
  /** Name without `[x]` and without slice. */
  name: string;
  isChoice: boolean;
  /** Name of the slice that this is, absent for the element itself. */
  sliceName: string | undefined;
  /** By name without `[x]`. */
  children: Map<string, ElementNode>;
  /** In the order of the snapshot, those of re-slicing (`a/b`) included. */
  slices: ElementNode[];
  /** Canonical of the definition, without version. */
  profile: string;
}

/** The root of the snapshot of a StructureDefinition; undefined when the snapshot is empty. */
export function elementTree({ url, snapshot }: StructureDefinition): ElementNode | undefined {
  const [first, ...rest] = snapshot?.element ?? [];
  if (first === undefined) return undefined;
  const root = nodeOf(first, first.path, undefined, url);
  for (const element of rest) addElement(root, element, url);
  return root;
}

function addElement(root: ElementNode, definition: ElementDefinition, profile: string): void {
  const segments = (definition.id ?? definition.path).split('.').slice(1);
  let node: ElementNode | undefined = root;
  for (const [position, segment] of segments.entries()) {
    const colon = segment.indexOf(':');
    const name = colon < 0 ? segment : segment.slice(0, colon);
    const slice = colon < 0 ? undefined : segment.slice(colon + 1);
    const isLast = position === segments.length - 1;
    node = isLast ? leaf(node, name, slice, definition, profile) : step(node, name, slice);
    if (node === undefined) return;
  }
}

/** The node that an inner segment of an id leads to. */
function step(node: ElementNode, name: string, slice: string | undefined): ElementNode | undefined {
  const plain = withoutChoice(name);
  const child = node.children.get(plain) ?? shorthand(node, plain);
  return slice === undefined ? child : child?.slices.find((one) => one.sliceName === slice);
}

/** Notes the element that an id ends in. */
function leaf(
  parent: ElementNode,
  name: string,
  slice: string | undefined,
  definition: ElementDefinition,
  profile: string,
): ElementNode {
  const plain = withoutChoice(name);
  const child = parent.children.get(plain);
  if (slice !== undefined && child !== undefined) {
    const node = nodeOf(definition, name, slice, profile);
    child.slices.push(node);
    return node;
  }
  const choice = child === undefined ? choiceOf(parent, plain) : undefined;
  if (choice !== undefined) {
    const node = nodeOf(definition, choice.definition.path, definition.sliceName ?? plain, profile);
    choice.slices.push(node);
    return node;
  }
  const node = nodeOf(definition, name, undefined, profile);
  parent.children.set(node.name, node);
  return node;
}

/** A choice element of one type that older snapshots name by its type: `valueQuantity`. */
function choiceOf(parent: ElementNode, name: string): ElementNode | undefined {
  for (const child of parent.children.values()) {
    if (!child.isChoice) continue;
    // Other elements may start so as well, such as `studyEffectiveTimeFromStart`.
    if (child.definition.type?.some(({ code }) => choiceName(child.name, code) === name)) return child;
  }
  return undefined;
}

function shorthand(parent: ElementNode, name: string): ElementNode | undefined {
  return choiceOf(parent, name)?.slices.find((slice) => slice.definition.path.endsWith(`.${name}`));
}

function nodeOf(
  definition: ElementDefinition,
  path: string,
  sliceName: string | undefined,
  profile: string,
): ElementNode {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return {
    definition,
    name: withoutChoice(name),
    isChoice: name.endsWith('[x]'),
    sliceName,
    children: new Map(),
    slices: [],
    profile,
  };
}

function withoutChoice(name: string): string {
  return name.endsWith('[x]') ? name.slice(0, -3) : name;
}
