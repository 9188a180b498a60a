import { containedType } from '../../search/contained.ts';
import { latitudeParameter } from '../../search/derived-parameters.ts';
import type { Expression, RangeTest } from '../../search/expression.ts';
import { holds } from '../../search/holds.ts';
import {
  bothOf,
  type Criterion,
  criterion,
  eitherOf,
  everyDocument,
  exceptFor,
  withIds,
  withKeys,
} from './criterion.ts';
import { allOf, type Filter } from './filters.ts';
import { latitudesNear } from './near.ts';
import { presenceFilter, type ValueFilter, valueFilter } from './value-filters.ts';
import { textFilter, textReads } from './word-fields.ts';

/** What the compiler has to look up: conditions on other resources become sets of ids first. */
export interface LookUps {
  /** Keys of the references by `parameter` to resources of a type that match. */
  chainKeys(sought: Linked, targetType: string): Promise<string[]>;
  /** The resources of the type that matching sources of another type point to by `parameter`. */
  referred(sought: Linked, sourceType: string): Promise<Criterion>;
  /** Ids of resources whose position is near, among those that the filter finds. */
  nearIds(type: string, expression: Extract<Expression, { kind: 'near' }>, filter: Filter): Promise<string[]>;
}

/** A condition on the other side of a reference. */
export interface Linked {
  /** The type that is searched. */
  type: string;
  parameter: string;
  expression: Expression;
  /** What the resources have to meet besides: where there are few, what they are linked to is all that counts. */
  among: Criterion;
  /** See `ChainExpression`. */
  isCanonical: boolean;
}

/**
 * The expression as a condition on one document of the type.
 * @param among what the document has to meet besides
 */
export async function compile(
  lookUps: LookUps,
  type: string,
  expression: Expression,
  among: Criterion = everyDocument,
): Promise<Criterion> {
  const compileAll = (operands: readonly Expression[], besides: Criterion) =>
    Promise.all(operands.map((operand) => compile(lookUps, type, operand, besides)));
  switch (expression.kind) {
    case 'and': {
      if (expression.operands.length === 0) return everyDocument;
      const isLinked = (one: Expression) => holds(one, 'chain') || holds(one, 'has');
      const own = await compileAll(
        expression.operands.filter((one) => !isLinked(one)),
        among,
      );
      const linked = expression.operands.filter(isLinked);
      return bothOf([...own, ...(await compileAll(linked, bothOf([among, ...own])))]);
    }
    case 'or':
      return eitherOf(await compileAll(expression.operands, among));
    case 'not':
      return exceptFor(await compile(lookUps, type, expression.operand, among));
    case 'ids':
      return withIds(expression.ids);
    case 'lastUpdated': {
      const filter = allOf(expression.tests.map(instantFilter));
      return criterion(filter, [{ filter, index: 'updated', inOrder: false }]);
    }
    case 'missing': {
      const { family, parameter, anyKey = false, missing } = expression;
      const present = ofValue(presenceFilter(family, parameter, anyKey));
      return missing ? exceptFor(present) : present;
    }
    case 'text': {
      const reads = textReads(expression);
      const filter = textFilter(expression);
      if (reads === undefined) return criterion(filter);
      return criterion(
        filter,
        reads.map((read) => ({ filter: read, index: 'words', inOrder: false })),
      );
    }
    case 'near': {
      const { parameter, latitude, distance } = expression;
      const { filter } = valueFilter({
        kind: 'number',
        parameter: latitudeParameter(parameter),
        tests: latitudesNear(latitude, distance),
      });
      return withIds(await lookUps.nearIds(type, expression, filter));
    }
    case 'chain': {
      const { parameter, targetType, expression: sought, canonical: isCanonical = false } = expression;
      const linked = { type, parameter, expression: sought, among, isCanonical };
      const targets = isCanonical ? [targetType] : [targetType, containedType(targetType)];
      const keys = await Promise.all(targets.map((target) => lookUps.chainKeys(linked, target)));
      return withKeys([...new Set(keys.flat())]);
    }
    case 'has': {
      const { parameter, sourceType, expression: sought, canonical: isCanonical = false } = expression;
      return lookUps.referred({ type, parameter, expression: sought, among, isCanonical }, sourceType);
    }
    default:
      return ofValue(valueFilter(expression));
  }
}

function ofValue({ filter, reads, index, key }: ValueFilter): Criterion {
  if (key !== undefined) return withKeys([key]);
  return criterion(
    filter,
    reads.map((read) => ({ filter: read, index, inOrder: false })),
  );
}

const operators = { '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const;

/** An instant is the range of its millisecond: it ends one after it begins. */
function instantFilter({ bound, operator, value }: RangeTest): Filter {
  return { updated: { [operators[operator]]: bound === 'low' ? value : value - 1 } };
}
