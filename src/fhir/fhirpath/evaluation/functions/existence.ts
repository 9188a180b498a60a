import type { Call, FunctionRule } from '../call.ts';
import { equalityKey } from '../equality.ts';
import type { Node, Nodes } from '../node.ts';
import { distinct } from '../operators.ts';
import { collectionPlan, numberPlan, type Plan, truthPlan } from '../plan.ts';
import type { Scope } from '../scope.ts';
import { firstThat } from './each.ts';

function emptyPlan({ operand }: Call): Plan {
  return truthPlan((focus, scope) => !operand.exists(focus, scope));
}

function existsPlan(call: Call): Plan {
  const { operand } = call;
  if (call.length === 0) return truthPlan((focus, scope) => operand.exists(focus, scope));
  const criterion = call.criterion(0);
  return truthPlan((focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    return firstThat(nodes, scope, (node) => criterion.truth(node, scope) === true) !== undefined;
  });
}

function allPlan(call: Call): Plan {
  const { operand } = call;
  const criterion = call.criterion(0);
  return truthPlan((focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    return firstThat(nodes, scope, (node) => criterion.truth(node, scope) !== true) === undefined;
  });
}

/** `allTrue` and its kin look at the booleans of the input; `wanted` is the one they count. */
function everyPlan(wanted: boolean): FunctionRule['plan'] {
  return ({ operand }) =>
    truthPlan((focus, scope) => inputOf(operand, focus, scope).every(({ value }) => value === wanted));
}

function somePlan(wanted: boolean): FunctionRule['plan'] {
  return ({ operand }) =>
    truthPlan((focus, scope) => inputOf(operand, focus, scope).some(({ value }) => value === wanted));
}

/** The input may be remembered, but looking through it is work each time. */
function inputOf(operand: Plan, focus: Node, scope: Scope): Nodes {
  const nodes = operand.nodes(focus, scope);
  scope.spend(nodes.length);
  return nodes;
}

function subsetPlan(call: Call): Plan {
  const other = call.parameter(0);
  const { operand } = call;
  return truthPlan((focus, scope) => isSubset(operand.nodes(focus, scope), other.nodes(focus, scope), scope));
}

function supersetPlan(call: Call): Plan {
  const other = call.parameter(0);
  const { operand } = call;
  return truthPlan((focus, scope) => isSubset(other.nodes(focus, scope), operand.nodes(focus, scope), scope));
}

function isSubset(part: Nodes, whole: Nodes, scope: Scope): boolean {
  const keys = new Set(whole.map((node) => equalityKey(node, scope)));
  return part.every((node) => keys.has(equalityKey(node, scope)));
}

function countPlan({ operand }: Call): Plan {
  return numberPlan((focus, scope) => operand.count(focus, scope));
}

function distinctPlan({ operand }: Call): Plan {
  return collectionPlan(operand.types, (focus, scope) => distinct(operand.nodes(focus, scope), scope));
}

function isDistinctPlan({ operand }: Call): Plan {
  return truthPlan((focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    return distinct(nodes, scope).length === nodes.length;
  });
}

function notPlan({ operand }: Call): Plan {
  return truthPlan((focus, scope) => {
    const truth = operand.truth(focus, scope);
    return truth === undefined ? undefined : !truth;
  });
}

/** FHIRPath N1, existence */
export const existenceFunctions = {
  empty: { least: 0, most: 0, plan: emptyPlan },
  exists: { least: 0, most: 1, plan: existsPlan },
  all: { least: 1, most: 1, plan: allPlan },
  allTrue: { least: 0, most: 0, plan: everyPlan(true) },
  allFalse: { least: 0, most: 0, plan: everyPlan(false) },
  anyTrue: { least: 0, most: 0, plan: somePlan(true) },
  anyFalse: { least: 0, most: 0, plan: somePlan(false) },
  subsetOf: { least: 1, most: 1, plan: subsetPlan },
  supersetOf: { least: 1, most: 1, plan: supersetPlan },
  count: { least: 0, most: 0, plan: countPlan },
  distinct: { least: 0, most: 0, plan: distinctPlan },
  isDistinct: { least: 0, most: 0, plan: isDistinctPlan },
  not: { least: 0, most: 0, plan: notPlan },
} satisfies Record<string, FunctionRule>;
