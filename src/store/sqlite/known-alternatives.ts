import type { Expression } from '../../search/expression.ts';
import { type Dictionary, unknown } from './dictionary.ts';
import { isValueExpression, type SearchedType } from './value-conditions.ts';

/**
 * The criterion without the last of its alternatives whose parameter no resource ever had a value of. Those before
 * them stay, so that the others keep their places on later pages, whatever is written meanwhile.
 */
export function withoutUnknown(
  dictionary: Dictionary,
  searched: SearchedType,
  criterion: Expression,
): Expression {
  if (criterion.kind !== 'or') return criterion;
  const known = criterion.operands.findLastIndex(
    (one) => !isValueExpression(one) || dictionary.parameter(searched.scope, one.parameter) !== unknown,
  );
  const operands = criterion.operands.slice(0, known + 1);
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind: 'or', operands };
}
