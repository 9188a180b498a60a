import { compositePrefix, ownCanonicalsParameter } from '../../search/derived-parameters.ts';
import type { Expression, RangeTest } from '../../search/expression.ts';
import { groupAlternatives, isGroup } from './alternatives.ts';
import { type Dictionary, none } from './dictionary.ts';
import { familyTables } from './families.ts';
import { nearTest } from './near.ts';
import { all, any, type Sql, sql } from './sql.ts';
import { textTest } from './text-conditions.ts';
import {
  isValueExpression,
  type SearchedType,
  type ValueCondition,
  valueCondition,
} from './value-conditions.ts';

/**
 * The expression as a condition on one resource: the row `t<depth>` of `resource`. Values are looked up by
 * resource, so that its price does not depend on how many other resources match. At a depth above 0 the row is one
 * beyond a reference, and counts among the links of the search.
 */
export function compileTest(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Expression,
  depth = 0,
): Sql {
  const { text, values } = compileCondition(dictionary, searched, expression, depth);
  // One row in 64 looks at the clock, which takes longer than to test most rows.
  const limit = depth === 0 ? '((t0.rid & 63) OR in_time())' : 'may_link()';
  return { text: `(${limit} AND ${text})`, values };
}

function compileCondition(
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Expression,
  depth: number,
): Sql {
  const compile = (operand: Expression): Sql => compileCondition(dictionary, searched, operand, depth);
  const resource = `t${depth}`;
  switch (expression.kind) {
    case 'and':
      return all(expression.operands.map(compile));
    case 'or':
      return compileAlternatives(dictionary, searched, expression.operands, resource, compile);
    case 'not': {
      const { text, values } = compile(expression.operand);
      return { text: `NOT (${text})`, values };
    }
    case 'ids':
      return sql(`${resource}.id IN (SELECT value FROM json_each(?))`, JSON.stringify(expression.ids));
    case 'lastUpdated':
      return lastUpdatedCondition(resource, expression.tests);
    case 'missing': {
      const { table, byResource } = familyTables[expression.family];
      const negation = expression.missing ? 'NOT ' : '';
      if (expression.anyKey) {
        const prefix = compositePrefix(expression.parameter);
        return sql(
          `${negation}EXISTS (SELECT 1 FROM ${table} v INDEXED BY ${byResource}
           CROSS JOIN parameter q ON q.p = v.p
           WHERE v.rid = ${resource}.rid AND substr(q.code, 1, ${prefix.length}) = ?)`,
          prefix,
        );
      }
      return sql(
        `${negation}EXISTS (SELECT 1 FROM ${table} v INDEXED BY ${byResource}
         WHERE v.rid = ${resource}.rid AND v.p = ?)`,
        dictionary.parameter(searched.scope, expression.parameter),
      );
    }
    case 'chain':
      return compileChain(dictionary, searched, expression, depth);
    case 'near':
      return nearTest(dictionary, searched, resource, expression);
    case 'text':
      return textTest(searched, resource, expression);
    case 'has':
      return compileHas(dictionary, searched, expression, depth);
    default:
      return valueTest([valueCondition(dictionary, searched, expression)], resource);
  }
}

/** An instant is the range of its millisecond: it ends one after it begins. */
export function lastUpdatedCondition(resource: string, tests: readonly RangeTest[]): Sql {
  return all(
    tests.map(({ bound, operator, value }) =>
      sql(`${resource}.updated ${operator} ?`, bound === 'low' ? value : value - 1),
    ),
  );
}

/**
 * Alternatives on one parameter are one look-up: SQLite takes longer for each of many look-ups in a statement than for
 * one of a few.
 */
function compileAlternatives(
  dictionary: Dictionary,
  searched: SearchedType,
  operands: readonly Expression[],
  resource: string,
  compile: (operand: Expression) => Sql,
): Sql {
  const others: Sql[] = [];
  const conditions = new Map<string, ValueCondition[]>();
  for (const operand of groupAlternatives(operands)) {
    const node = isGroup(operand) ? operand.node : operand;
    if (!isValueExpression(node)) {
      others.push(compile(node));
      continue;
    }
    const condition = valueCondition(
      dictionary,
      searched,
      node,
      isGroup(operand) ? operand.texts : undefined,
    );
    const name = `${condition.family} ${condition.p}`;
    const known = conditions.get(name);
    if (known === undefined) conditions.set(name, [condition]);
    else known.push(condition);
  }
  return any([...[...conditions.values()].map((each) => valueTest(each, resource)), ...others]);
}

/** One value meets one of these conditions, which are on one parameter. */
function valueTest(conditions: readonly ValueCondition[], resource: string): Sql {
  const { family, p } = conditions[0] as ValueCondition;
  const { table, byResource } = familyTables[family];
  const condition = any(conditions.map((each) => each.condition));
  return {
    text: `EXISTS (SELECT 1 FROM ${table} v INDEXED BY ${byResource}
           WHERE v.rid = ${resource}.rid AND v.p = ? AND ${condition.text})`,
    values: [p, ...condition.values],
  };
}

function compileChain(
  dictionary: Dictionary,
  searched: SearchedType,
  chain: Extract<Expression, { kind: 'chain' }>,
  depth: number,
): Sql {
  const { parameter, targetType, expression } = chain;
  const target = { tenant: searched.tenant, scope: dictionary.scope(searched.tenant, targetType) };
  const condition = compileTest(dictionary, target, expression, depth + 1);
  const inner = `t${depth + 1}`;
  const p = dictionary.parameter(searched.scope, parameter);
  if (chain.canonical) {
    return {
      text: `EXISTS (SELECT 1 FROM reference_value r INDEXED BY reference_by_resource
             CROSS JOIN uri_value u ON u.p = ? AND u.value = r.target_id
             CROSS JOIN resource ${inner} ON ${inner}.rid = u.rid
             WHERE r.rid = t${depth}.rid AND r.p = ? AND r.target = ${none} AND ${inner}.deleted = 0
               AND ${condition.text})`,
      values: [dictionary.parameter(target.scope, ownCanonicalsParameter), p, ...condition.values],
    };
  }
  return {
    text: `EXISTS (SELECT 1 FROM reference_value r INDEXED BY reference_by_resource
           CROSS JOIN resource ${inner} ON ${inner}.scope = r.target AND ${inner}.id = r.target_id
           WHERE r.rid = t${depth}.rid AND r.p = ? AND r.target = ? AND ${inner}.deleted = 0
             AND ${condition.text})`,
    values: [p, target.scope, ...condition.values],
  };
}

function compileHas(
  dictionary: Dictionary,
  searched: SearchedType,
  has: Extract<Expression, { kind: 'has' }>,
  depth: number,
): Sql {
  const { parameter, sourceType, expression } = has;
  const source = { tenant: searched.tenant, scope: dictionary.scope(searched.tenant, sourceType) };
  const condition = compileTest(dictionary, source, expression, depth + 1);
  const inner = `t${depth + 1}`;
  const p = dictionary.parameter(source.scope, parameter);
  if (has.canonical) {
    return {
      text: `EXISTS (SELECT 1 FROM uri_value u INDEXED BY uri_by_resource
             CROSS JOIN reference_value r ON r.p = ? AND r.target_id = u.value
             CROSS JOIN resource ${inner} ON ${inner}.rid = r.rid
             WHERE u.rid = t${depth}.rid AND u.p = ? AND r.target = ${none} AND ${inner}.deleted = 0
               AND ${condition.text})`,
      values: [p, dictionary.parameter(searched.scope, ownCanonicalsParameter), ...condition.values],
    };
  }
  return {
    text: `EXISTS (SELECT 1 FROM reference_value r CROSS JOIN resource ${inner} ON ${inner}.rid = r.rid
           WHERE r.p = ? AND r.target_id = t${depth}.id AND r.target = ? AND ${inner}.deleted = 0
             AND ${condition.text})`,
    values: [p, searched.scope, ...condition.values],
  };
}
