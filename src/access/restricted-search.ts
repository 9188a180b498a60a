import { isContainedType } from '../search/contained.ts';
import type { Expression } from '../search/expression.ts';
import { allFilters } from './filters.ts';
import type { Grants } from './grants.ts';

/**
 * A search as the caller may make it: what is found is for the caller to see, and so is all that chains and `_has` go
 * through, lists and filters included, which are made of these.
 */
export function restrictedSearch(grants: Grants, type: string, expression: Expression): Expression {
  return allFilters([grants.filter(type, 's'), restrictedLinks(grants, expression)]);
}

/** The expression with what it goes through restricted, and what it finds left as it is. */
export function restrictedLinks(grants: Grants, expression: Expression): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return { ...expression, operands: expression.operands.map((one) => restrictedLinks(grants, one)) };
    case 'not':
      return { ...expression, operand: restrictedLinks(grants, expression.operand) };
    case 'chain':
      return { ...expression, expression: within(grants, expression.targetType, expression.expression) };
    case 'has':
      return { ...expression, expression: within(grants, expression.sourceType, expression.expression) };
    default:
      return expression;
  }
}

/** A contained resource is reached from its container alone, which is restricted itself. */
function within(grants: Grants, type: string, expression: Expression): Expression {
  return isContainedType(type)
    ? restrictedLinks(grants, expression)
    : restrictedSearch(grants, type, expression);
}
