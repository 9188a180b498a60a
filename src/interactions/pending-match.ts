import type { Expression } from '../search/expression.ts';
import type { IndexValues } from '../search/index-values.ts';

/**
 * True when the index values of a resource that is not stored yet meet an expression. Conditional references name
 * their target by what identifies it: tokens, strings and URIs are compared, and nothing meets a criterion of another
 * kind.
 */
export function meets(expression: Expression, values: IndexValues): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => meets(operand, values));
    case 'or':
      return expression.operands.some((operand) => meets(operand, values));
    case 'token': {
      const { parameter, system, code } = expression;
      return values.token.some(
        (value) =>
          value.parameter === parameter &&
          (system === undefined || (value.system ?? null) === system) &&
          (code === undefined || value.code === code),
      );
    }
    case 'string': {
      const { parameter, match, value: wanted } = expression;
      return values.string.some((value) => {
        if (value.parameter !== parameter) return false;
        if (match === 'exact') return value.exact === wanted;
        return match === 'prefix' ? value.folded.startsWith(wanted) : value.folded.includes(wanted);
      });
    }
    case 'uri':
      return values.uri.some(
        (value) => value.parameter === expression.parameter && value.value === expression.value,
      );
    default:
      return false;
  }
}
