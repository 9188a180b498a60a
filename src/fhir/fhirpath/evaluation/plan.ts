import { integer, type Node, type Nodes, nothing, truthNodes } from './node.ts';
import type { Scope } from './scope.ts';
import { type Child, system, type TypeInfo } from './types.ts';
import { truthOf } from './values.ts';

/** The types that values may have as far as that is known before; `undefined` where only a value tells. */
export type StaticTypes = readonly TypeInfo[] | undefined;

/** A compiled expression: closures for each way in which its result may be wanted. */
export interface Plan {
  types: StaticTypes;
  nodes(focus: Node, scope: Scope): Nodes;
  exists(focus: Node, scope: Scope): boolean;
  count(focus: Node, scope: Scope): number;
  /** Three-valued truth of the result. */
  truth(focus: Node, scope: Scope): boolean | undefined;
  /** Set where the result is one number for sure: that number. */
  number?(focus: Node, scope: Scope): number;
  /** Set where the result depends on nothing but the resource under validation. */
  isIndependent?: boolean;
  /** Set where the result is a path of known properties from the focus. */
  path?: Path;
}

export interface Path {
  start: TypeInfo;
  steps: readonly Child[];
}

/** A plan whose result is a collection. */
export function collectionPlan(
  types: StaticTypes,
  nodes: Plan['nodes'],
  faster: Partial<Pick<Plan, 'exists' | 'count'>> = {},
): Plan {
  return {
    types,
    nodes,
    exists: (focus, scope) => nodes(focus, scope).length > 0,
    count: (focus, scope) => nodes(focus, scope).length,
    truth: (focus, scope) => truthOf(nodes(focus, scope), scope),
    ...faster,
  };
}

/** A plan whose result is one boolean or nothing. */
export function truthPlan(truth: Plan['truth']): Plan {
  return {
    types: [system.Boolean],
    nodes: (focus, scope) => truthNodes(truth(focus, scope)),
    exists: (focus, scope) => truth(focus, scope) !== undefined,
    count: (focus, scope) => (truth(focus, scope) === undefined ? 0 : 1),
    truth,
  };
}

/** A plan whose result is always one whole number. */
export function numberPlan(number: (focus: Node, scope: Scope) => number): Plan {
  return {
    ...singlePlan(system.Integer, (focus, scope) => integer(number(focus, scope))),
    exists: () => true,
    count: () => 1,
    number,
  };
}

/** A plan whose result is one value or nothing. */
export function singlePlan(
  type: TypeInfo | undefined,
  single: (focus: Node, scope: Scope) => Node | undefined,
): Plan {
  return collectionPlan(type && [type], (focus, scope) => {
    const node = single(focus, scope);
    return node === undefined ? nothing : [node];
  });
}

/** Whether the values are of System.Boolean, so that `truth` is the result itself. */
export function isTruth({ types }: Plan): boolean {
  return types?.length === 1 && types[0] === system.Boolean;
}
