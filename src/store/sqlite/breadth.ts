import type { Expression } from '../../search/expression.ts';

/** How many resources a criterion is likely to match: the order in which criteria are probed. */
export function breadth(expression: Expression): number {
  switch (expression.kind) {
    case 'ids':
      return 0;
    case 'token':
      return expression.code === undefined ? 6 : 1;
    case 'reference':
      return 1;
    case 'uri':
      return expression.match === 'prefix' ? 2 : 1;
    case 'string':
      return { exact: 1, whole: 1, prefix: 2, contains: 9 }[expression.match];
    case 'date':
    case 'number':
    case 'quantity':
    case 'lastUpdated':
    case 'near':
    case 'text':
      return 3;
    case 'chain':
    case 'has':
      return 5;
    case 'and':
      return Math.min(...expression.operands.map(breadth));
    case 'or':
      return Math.max(...expression.operands.map(breadth));
    case 'missing':
      return 8;
    case 'not':
      return 10;
  }
}
