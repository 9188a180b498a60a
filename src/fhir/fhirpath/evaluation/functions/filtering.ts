import type { Call, FunctionRule } from '../call.ts';
import { type Node, type Nodes, nothing } from '../node.ts';
import { isFirst } from '../operators.ts';
import { collectionPlan, type Plan } from '../plan.ts';
import { ofTypePlan, typeTestPlan } from '../type-tests.ts';
import { eachNode, firstThat } from './each.ts';

function wherePlan(call: Call): Plan {
  const { operand } = call;
  const criterion = call.criterion(0);
  return collectionPlan(
    operand.types,
    (focus, scope) => {
      const nodes = operand.nodes(focus, scope);
      if (nodes.length === 0) return nothing;
      const found: Node[] = [];
      eachNode(nodes, scope, (node) => {
        if (criterion.truth(node, scope) === true) found.push(node);
      });
      return found;
    },
    {
      exists: (focus, scope) => {
        const nodes = operand.nodes(focus, scope);
        return firstThat(nodes, scope, (node) => criterion.truth(node, scope) === true) !== undefined;
      },
    },
  );
}

function selectPlan(call: Call): Plan {
  const { operand } = call;
  const projection = call.criterion(0);
  return collectionPlan(projection.types, (focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    if (nodes.length === 0) return nothing;
    const found: Node[] = [];
    eachNode(nodes, scope, (node) => {
      const results = projection.nodes(node, scope);
      scope.spend(results.length);
      for (const result of results) found.push(result);
    });
    return found;
  });
}

/** What the projection comes to from the input and from its own results, each value once. */
function repeatPlan(call: Call): Plan {
  const { operand } = call;
  const projection = call.projection(0);
  return collectionPlan(undefined, (focus, scope) => {
    const found: Node[] = [];
    const seen = new Set<string>();
    let open: Nodes = operand.nodes(focus, scope);
    while (open.length > 0) {
      const next: Node[] = [];
      eachNode(open, scope, (node) => {
        for (const result of projection.nodes(node, scope)) {
          if (isFirst(result, seen, scope)) next.push(result);
        }
      });
      for (const node of next) found.push(node);
      open = next;
    }
    return found;
  });
}

/** `$total` is what the expression came to with the value before. */
function aggregatePlan(call: Call): Plan {
  const { operand } = call;
  const aggregator = call.criterion(0);
  const start = call.optional(1);
  return collectionPlan(undefined, (focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    const outer = scope.total;
    let total = start?.nodes(focus, scope) ?? nothing;
    eachNode(nodes, scope, (node) => {
      scope.total = total;
      total = aggregator.nodes(node, scope);
      scope.spend(total.length);
    });
    scope.total = outer;
    return total;
  });
}

/** The parameters see the whole input, which may be empty (`resolve().iif(empty(), …)`). */
function iifPlan(call: Call): Plan {
  const { operand } = call;
  const condition = call.ofInput(0);
  const consequence = call.ofInput(1);
  const alternative = call.length > 2 ? call.ofInput(2) : undefined;
  const types =
    alternative === undefined
      ? consequence.types
      : consequence.types && alternative.types && [...consequence.types, ...alternative.types];
  return collectionPlan(types, (focus, scope) => {
    const outer = scope.input;
    scope.input = operand.nodes(focus, scope);
    try {
      const isTrue = condition.truth(focus, scope) === true;
      return (isTrue ? consequence.nodes(focus, scope) : alternative?.nodes(focus, scope)) ?? nothing;
    } finally {
      scope.input = outer;
    }
  });
}

/** This server keeps no trace, so that no value of a resource gets into a log; the projection is checked all the same. */
function tracePlan(call: Call): Plan {
  if (call.length > 1) call.criterion(1);
  return call.operand;
}

/** FHIRPath N1, filtering and projection, type operators as functions, aggregates, `iif` and `trace` */
export const filteringFunctions = {
  where: { least: 1, most: 1, plan: wherePlan },
  select: { least: 1, most: 1, plan: selectPlan },
  repeat: { least: 1, most: 1, plan: repeatPlan },
  aggregate: { least: 1, most: 2, plan: aggregatePlan },
  iif: { least: 2, most: 3, plan: iifPlan },
  trace: { least: 1, most: 2, plan: tracePlan },
  ofType: { least: 1, most: 1, plan: (call: Call) => ofTypePlan(call.operand, call.typeName(0), call.types) },
  as: { least: 1, most: 1, plan: (call: Call) => ofTypePlan(call.operand, call.typeName(0), call.types) },
  is: { least: 1, most: 1, plan: (call: Call) => typeTestPlan(call.operand, call.typeName(0)) },
} satisfies Record<string, FunctionRule>;
