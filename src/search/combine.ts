import type { Expression } from './expression.ts';

/** The conjunction of the operands: the operand itself when there is one, everything when there is none. */
export function allOf(operands: Expression[]): Expression {
  return operands.length === 1 && operands[0] !== undefined ? operands[0] : { kind: 'and', operands };
}

/** The disjunction of the operands: the operand itself when there is one, nothing when there is none. */
export function anyOf(operands: Expression[]): Expression {
  return operands.length === 1 && operands[0] !== undefined ? operands[0] : { kind: 'or', operands };
}
