import type { Node, Nodes } from '../node.ts';
import type { Scope } from '../scope.ts';

/** The first node that a test holds for, `$index` counting along. */
export function firstThat(nodes: Nodes, scope: Scope, test: (node: Node) => boolean): Node | undefined {
  if (nodes.length === 0) return undefined;
  const outer = scope.index;
  scope.spend(nodes.length);
  for (let index = 0; index < nodes.length; index++) {
    scope.index = index;
    const node = nodes[index] as Node;
    if (test(node)) {
      scope.index = outer;
      return node;
    }
  }
  scope.index = outer;
  return undefined;
}

/** Calls `visit` with each node, `$index` counting along. */
export function eachNode(nodes: Nodes, scope: Scope, visit: (node: Node) => void): void {
  firstThat(nodes, scope, (node) => {
    visit(node);
    return false;
  });
}
