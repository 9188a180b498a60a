import type { Call, FunctionRule } from '../call.ts';
import { equalityKey } from '../equality.ts';
import type { Nodes } from '../node.ts';
import { distinct, unionPlan } from '../operators.ts';
import { collectionPlan, type Plan, type StaticTypes } from '../plan.ts';
import type { Scope } from '../scope.ts';
import { singleNode, singleNumber } from '../values.ts';

/** A function that takes a part of its input. */
function part(take: (nodes: Nodes, scope: Scope) => Nodes): FunctionRule {
  const plan = ({ operand }: Call) =>
    collectionPlan(operand.types, (focus, scope) => take(operand.nodes(focus, scope), scope));
  return { least: 0, most: 0, plan };
}

/** A function that takes a part of its input by a number. */
function numbered(take: (nodes: Nodes, number: number) => Nodes): FunctionRule {
  const plan = (call: Call): Plan => {
    const number = call.parameter(0);
    return collectionPlan(call.operand.types, (focus, scope) => {
      const given = singleNumber(number.nodes(focus, scope), scope);
      return given === undefined ? [] : take(call.operand.nodes(focus, scope), given);
    });
  };
  return { least: 1, most: 1, plan };
}

/** A function of two collections. */
function ofBoth(
  combine: (left: Nodes, right: Nodes, scope: Scope) => Nodes,
  types: (left: StaticTypes, right: StaticTypes) => StaticTypes = (left) => left,
): FunctionRule {
  const plan = (call: Call): Plan => {
    const { operand } = call;
    const other = call.parameter(0);
    return collectionPlan(types(operand.types, other.types), (focus, scope) => {
      const left = operand.nodes(focus, scope);
      const right = other.nodes(focus, scope);
      scope.spend(left.length + right.length);
      return combine(left, right, scope);
    });
  };
  return { least: 1, most: 1, plan };
}

function ofEither(left: StaticTypes, right: StaticTypes): StaticTypes {
  return left && right && [...new Set([...left, ...right])];
}

function keysOf(nodes: Nodes, scope: Scope): ReadonlySet<string> {
  return new Set(nodes.map((node) => equalityKey(node, scope)));
}

/** FHIRPath N1, subsetting and combining */
export const subsettingFunctions = {
  single: part((nodes, scope) => {
    singleNode(nodes, scope);
    return nodes;
  }),
  first: part((nodes) => nodes.slice(0, 1)),
  last: part((nodes) => nodes.slice(-1)),
  tail: part((nodes) => nodes.slice(1)),
  skip: numbered((nodes, number) => nodes.slice(Math.max(number, 0))),
  take: numbered((nodes, number) => nodes.slice(0, Math.max(number, 0))),
  intersect: ofBoth((left, right, scope) => {
    const keys = keysOf(right, scope);
    return distinct(
      left.filter((node) => keys.has(equalityKey(node, scope))),
      scope,
    );
  }),
  exclude: ofBoth((left, right, scope) => {
    const keys = keysOf(right, scope);
    return left.filter((node) => !keys.has(equalityKey(node, scope)));
  }),
  union: { least: 1, most: 1, plan: (call: Call) => unionPlan(call.operand, call.parameter(0)) },
  combine: ofBoth((left, right) => [...left, ...right], ofEither),
} satisfies Record<string, FunctionRule>;
