import type { Expression, RangeTest, StringExpression } from '../../src/search/expression.ts';
import type { IndexValues, RangeValue, StringValue, TokenValue } from '../../src/search/index-values.ts';

/** A resource as a search sees it. */
export interface Candidate {
  type: string;
  id: string;
  lastUpdated: number;
  values: IndexValues;
}

const COMPARISONS: Readonly<Record<RangeTest['operator'], (bound: number, limit: number) => boolean>> = {
  '<': (bound, limit) => bound < limit,
  '<=': (bound, limit) => bound <= limit,
  '>': (bound, limit) => bound > limit,
  '>=': (bound, limit) => bound >= limit,
};

/** Evaluates a search expression on one candidate by reading the tree word by word: the reference for the stores. */
export function evaluate(
  expression: Expression,
  candidate: Candidate,
  others: readonly Candidate[] = [],
): boolean {
  const { values } = candidate;
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => evaluate(operand, candidate, others));
    case 'or':
      return expression.operands.some((operand) => evaluate(operand, candidate, others));
    case 'not':
      return !evaluate(expression.operand, candidate, others);
    case 'ids':
      return expression.ids.includes(candidate.id);
    case 'lastUpdated': {
      const instant = {
        low: candidate.lastUpdated,
        high: candidate.lastUpdated,
      };
      return meetsAll(instant, expression.tests);
    }
    case 'token':
      return of(values.token, expression.parameter).some((value) => isToken(value, expression));
    case 'string':
      return of(values.string, expression.parameter).some((value) => isString(value, expression));
    case 'date':
    case 'number':
      return of(values[expression.kind], expression.parameter).some((value) =>
        meetsAll(value, expression.tests),
      );
    case 'quantity':
      return of(values.quantity, expression.parameter).some(
        (value) =>
          meetsAll(value, expression.tests) &&
          (expression.system === undefined || value.system === expression.system) &&
          (expression.unit === undefined ||
            value.code === expression.unit ||
            (expression.system === undefined && value.unit === expression.unit)),
      );
    case 'uri':
      return of(values.uri, expression.parameter).some(({ value }) =>
        expression.match === 'prefix' ? value.startsWith(expression.value) : value === expression.value,
      );
    case 'reference':
      return of(values.reference, expression.parameter).some((value) =>
        'url' in expression
          ? 'url' in value && value.url === expression.url
          : 'id' in value &&
            value.id === expression.id &&
            (expression.type === undefined || value.type === expression.type),
      );
    case 'near': {
      const [latitude] = of(values.number, `${expression.parameter}:latitude`);
      const [longitude] = of(values.number, `${expression.parameter}:longitude`);
      if (latitude === undefined || longitude === undefined) return false;
      return metresBetween(latitude.low, longitude.low, expression) <= expression.distance;
    }
    case 'text':
      throw new Error('Words are not among the index values');
    case 'missing':
      return (
        !values[expression.family].some(({ parameter }) =>
          expression.anyKey
            ? parameter.startsWith(`${expression.parameter}$`)
            : parameter === expression.parameter,
        ) === expression.missing
      );
    case 'has':
      return others.some(
        (other) =>
          other.type === expression.sourceType &&
          of(other.values.reference, expression.parameter).some(
            (value) => 'id' in value && value.type === candidate.type && value.id === candidate.id,
          ) &&
          evaluate(expression.expression, other, others),
      );
    case 'chain':
      return of(values.reference, expression.parameter).some(
        (value) =>
          'id' in value &&
          value.type === expression.targetType &&
          others.some(
            (other) =>
              other.type === value.type &&
              other.id === value.id &&
              evaluate(expression.expression, other, others),
          ),
      );
  }
}

function of<V extends { parameter: string }>(values: readonly V[], parameter: string): V[] {
  return values.filter((value) => value.parameter === parameter);
}

function isToken(value: TokenValue, wanted: { system?: string | null; code?: string }): boolean {
  const isSystem = wanted.system === undefined || value.system === (wanted.system ?? undefined);
  return isSystem && (wanted.code === undefined || value.code === wanted.code);
}

function isString({ folded, exact }: StringValue, { match, value }: StringExpression): boolean {
  switch (match) {
    case 'whole':
      return folded === value;
    case 'exact':
      return exact === value;
    case 'contains':
      return folded.includes(value);
    case 'prefix':
      return folded.startsWith(value);
  }
}

function meetsAll(value: Pick<RangeValue, 'low' | 'high'>, tests: readonly RangeTest[]): boolean {
  return tests.every(({ bound, operator, value: limit }) => COMPARISONS[operator](value[bound], limit));
}

/** The length of the great circle between two positions, by the law of cosines. */
function metresBetween(
  latitude: number,
  longitude: number,
  from: { latitude: number; longitude: number },
): number {
  const [a, b, turn] = [latitude, from.latitude, longitude - from.longitude].map(
    (degrees) => (degrees * Math.PI) / 180,
  );
  const cosine = Math.sin(a!) * Math.sin(b!) + Math.cos(a!) * Math.cos(b!) * Math.cos(turn!);
  return 6_371_008.8 * Math.acos(Math.min(1, Math.max(-1, cosine)));
}
