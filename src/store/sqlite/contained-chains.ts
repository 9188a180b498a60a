import { containedType } from '../../search/contained.ts';
import type { Expression } from '../../search/expression.ts';

/**
 * The expression with chains that also go to contained resources (search.html#contained), where there are any of the
 * target type; the expression itself where there are none.
 */
export function withContainedTargets(expression: Expression, isThere: (type: string) => boolean): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return {
        ...expression,
        operands: expression.operands.map((one) => withContainedTargets(one, isThere)),
      };
    case 'not':
      return { ...expression, operand: withContainedTargets(expression.operand, isThere) };
    case 'has':
      return { ...expression, expression: withContainedTargets(expression.expression, isThere) };
    case 'chain': {
      const chain = { ...expression, expression: withContainedTargets(expression.expression, isThere) };
      const inside = containedType(chain.targetType);
      return isThere(inside) && !chain.canonical
        ? { kind: 'or', operands: [chain, { ...chain, targetType: inside }] }
        : chain;
    }
    default:
      return expression;
  }
}
