import { system, type TypeInfo } from './types.ts';

/** A value on its way through an expression. */
export class Node {
  /** JSON value of an element; boolean, text, number, Temporal or Quantity of a System type. */
  readonly value: unknown;
  /** The id and extensions of a primitive element. */
  readonly companion: unknown;
  readonly type: TypeInfo;

  constructor(value: unknown, companion: unknown, type: TypeInfo) {
    this.value = value;
    this.companion = companion;
    this.type = type;
  }
}

/** A collection; what is empty is shared, so none may be changed. */
export type Nodes = readonly Node[];

export const nothing: Nodes = [];

const truths: Nodes = [new Node(true, undefined, system.Boolean)];
const falsehoods: Nodes = [new Node(false, undefined, system.Boolean)];

/** The collection of a three-valued truth. */
export function truthNodes(truth: boolean | undefined): Nodes {
  return truth === undefined ? nothing : truth ? truths : falsehoods;
}

export function text(value: string): Node {
  return new Node(value, undefined, system.String);
}

export function integer(value: number): Node {
  return new Node(value, undefined, system.Integer);
}

export function decimal(value: number): Node {
  return new Node(value, undefined, system.Decimal);
}

/** The object whose properties are the children of a node. */
export function childHolder(node: Node): Readonly<Record<string, unknown>> | undefined {
  const holder = node.type.kind === 'primitive' ? node.companion : node.value;
  return typeof holder === 'object' && holder !== null && node.type.kind !== 'system'
    ? (holder as Record<string, unknown>)
    : undefined;
}
