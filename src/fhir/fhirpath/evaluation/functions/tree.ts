import type { Call, FunctionRule } from '../call.ts';
import { appendChildren, countChildren } from '../children.ts';
import type { Node } from '../node.ts';
import { collectionPlan, type Plan } from '../plan.ts';

function childrenPlan({ operand }: Call): Plan {
  return collectionPlan(
    undefined,
    (focus, scope) => {
      const found: Node[] = [];
      for (const node of operand.nodes(focus, scope)) appendChildren(node, found, scope.types);
      scope.spend(found.length);
      return found;
    },
    {
      count: (focus, scope) => {
        const nodes = operand.nodes(focus, scope);
        scope.spend(nodes.length);
        let sum = 0;
        for (const node of nodes) sum += countChildren(node);
        scope.spend(sum);
        return sum;
      },
    },
  );
}

/** All elements below the input, those of contained resources and entries among them; each level behind the one above. */
function descendantsPlan({ operand }: Call): Plan {
  return collectionPlan(undefined, (focus, scope) => {
    const found: Node[] = [];
    for (const node of operand.nodes(focus, scope)) appendChildren(node, found, scope.types);
    for (let index = 0; index < found.length; index++) {
      scope.spend(1);
      appendChildren(found[index] as Node, found, scope.types);
    }
    return found;
  });
}

/** FHIRPath N1, tree navigation */
export const treeFunctions = {
  children: { least: 0, most: 0, plan: childrenPlan },
  descendants: { least: 0, most: 0, plan: descendantsPlan },
} satisfies Record<string, FunctionRule>;
