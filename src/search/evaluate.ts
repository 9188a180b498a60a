import type { Expression, QuantityExpression, RangeTest, StringExpression } from './expression.ts';
import { foldedKey } from './fold.ts';
import type { IndexValues, QuantityValue, StringValue } from './index-values.ts';

/** A resource as an expression sees it. */
export interface Evaluated {
  id: string;
  /** Milliseconds since 1970 UTC. */
  lastUpdated: number;
  index: IndexValues;
}

/** The kinds of expressions that one resource alone does not decide: on other resources, on words and positions. */
const undecided: readonly Expression['kind'][] = ['chain', 'has', 'text', 'near'];

/** True when `evaluate` can tell for each resource whether it meets the expression. */
export function isEvaluable(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.every(isEvaluable);
    case 'not':
      return isEvaluable(expression.operand);
    default:
      return !undecided.includes(expression.kind);
  }
}

/**
 * True when a resource meets an expression, as a store would find it.
 * @throws Error on an expression that is not evaluable
 */
export function evaluate(expression: Expression, resource: Evaluated): boolean {
  const { index } = resource;
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => evaluate(operand, resource));
    case 'or':
      return expression.operands.some((operand) => evaluate(operand, resource));
    case 'not':
      return !evaluate(expression.operand, resource);
    case 'ids':
      return expression.ids.includes(resource.id);
    case 'lastUpdated':
      return inRange({ low: resource.lastUpdated, high: resource.lastUpdated }, expression.tests);
    case 'token': {
      const { parameter, system, code } = expression;
      return index.token.some(
        (value) =>
          value.parameter === parameter &&
          (code === undefined || value.code === code) &&
          (system === undefined || (value.system ?? null) === system),
      );
    }
    case 'string':
      return index.string.some(
        (value) => value.parameter === expression.parameter && matchesText(value, expression),
      );
    case 'date':
    case 'number':
      return index[expression.kind].some(
        (value) => value.parameter === expression.parameter && inRange(value, expression.tests),
      );
    case 'quantity':
      return index.quantity.some(
        (value) =>
          value.parameter === expression.parameter &&
          inRange(value, expression.tests) &&
          hasUnit(value, expression),
      );
    case 'uri': {
      const { parameter, value: wanted, match } = expression;
      const isMet = (value: string) => (match === 'prefix' ? value.startsWith(wanted) : value === wanted);
      return index.uri.some((one) => one.parameter === parameter && isMet(one.value));
    }
    case 'reference':
      return index.reference.some(
        (value) => value.parameter === expression.parameter && pointsTo(value, expression),
      );
    case 'missing': {
      const { family, anyKey, parameter, missing } = expression;
      const isThere = index[family].some((value) =>
        anyKey ? value.parameter.startsWith(`${parameter}$`) : value.parameter === parameter,
      );
      return isThere !== missing;
    }
    default:
      throw new Error(`A ${expression.kind} cannot be evaluated on one resource`);
  }
}

/** The names under which the values stand that an expression looks at. */
export function parametersOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.flatMap(parametersOf);
    case 'not':
      return parametersOf(expression.operand);
    default:
      return 'parameter' in expression ? [expression.parameter] : [];
  }
}

function inRange(value: { low: number; high: number }, tests: readonly RangeTest[]): boolean {
  return tests.every(({ bound, operator, value: limit }) => compare[operator](value[bound], limit));
}

const compare: Readonly<Record<RangeTest['operator'], (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function matchesText({ folded, exact }: StringValue, { match, value }: StringExpression): boolean {
  switch (match) {
    case 'prefix':
      return folded.startsWith(value);
    case 'contains':
      return folded.includes(value);
    case 'whole':
      return folded === value;
    case 'exact':
      return folded === foldedKey(value) && exact === value;
  }
}

function hasUnit(value: QuantityValue, { system, unit }: QuantityExpression): boolean {
  if (system !== undefined && value.system !== system) return false;
  if (unit === undefined) return true;
  return value.code === unit || (system === undefined && value.unit === unit);
}

type ReferenceExpression = Extract<Expression, { kind: 'reference' }>;

function pointsTo(value: IndexValues['reference'][number], expression: ReferenceExpression): boolean {
  if ('url' in expression) return 'url' in value && value.url === expression.url;
  if ('url' in value || value.id !== expression.id) return false;
  return expression.type === undefined || value.type === expression.type;
}
