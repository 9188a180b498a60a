import type { Expression } from './expression.ts';

/** True when an expression has a node of this kind anywhere. */
export function holds(expression: Expression, kind: Expression['kind']): boolean {
  if (expression.kind === kind) return true;
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.some((operand) => holds(operand, kind));
    case 'not':
      return holds(expression.operand, kind);
    case 'chain':
    case 'has':
      return holds(expression.expression, kind);
    default:
      return false;
  }
}
