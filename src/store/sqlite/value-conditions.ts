import type { Expression, ValueFamily } from '../../search/expression.ts';
import { foldedKey } from '../../search/fold.ts';
import { type Dictionary, none } from './dictionary.ts';
import { rangeCondition } from './range-conditions.ts';
import { all, type Sql, sql } from './sql.ts';

/** A node that asks for one indexed value. */
export type ValueExpression = Extract<
  Expression,
  { kind: 'token' | 'string' | 'date' | 'number' | 'quantity' | 'uri' | 'reference' }
>;

/** One type of one tenant, with its id in the dictionary. */
export interface SearchedType {
  tenant: string;
  scope: number;
}

/** A condition on one row `v` of an index table; `p` is the parameter within its tenant and type. */
export interface ValueCondition {
  family: ValueFamily;
  p: number;
  condition: Sql;
}

/** Above every text that starts with a prefix, when it follows the prefix. */
const lastCharacter = '\u{10ffff}';

export function isValueExpression(expression: Expression): expression is ValueExpression {
  return ['token', 'string', 'date', 'number', 'quantity', 'uri', 'reference'].includes(expression.kind);
}

/** `texts` stand for the code, id, URL or value of the node, when there are several: see `Alternatives`. */
export function valueCondition(
  dictionary: Dictionary,
  searched: SearchedType,
  node: ValueExpression,
  texts?: readonly string[],
): ValueCondition {
  return {
    family: node.kind,
    p: dictionary.parameter(searched.scope, node.parameter),
    condition: conditionOf(dictionary, searched, node, texts),
  };
}

function conditionOf(
  dictionary: Dictionary,
  { tenant }: SearchedType,
  node: ValueExpression,
  texts: readonly string[] | undefined,
): Sql {
  switch (node.kind) {
    case 'token':
      return all([
        ...(node.code === undefined ? [] : [equals('v.code', texts ?? node.code)]),
        ...systemCondition(dictionary, node.system),
      ]);
    case 'string':
      return stringCondition(node);
    case 'date':
    case 'number':
      return rangeCondition(node.tests);
    case 'quantity':
      return all([rangeCondition(node.tests), ...unitCondition(dictionary, node)]);
    case 'uri':
      if (node.match === 'prefix') {
        return sql('v.value >= ? AND v.value < ?', node.value, node.value + lastCharacter);
      }
      return equals('v.value', texts ?? node.value);
    case 'reference':
      return referenceCondition(dictionary, tenant, node, texts);
  }
}

function systemCondition(dictionary: Dictionary, system: string | null | undefined): Sql[] {
  if (system === undefined) return [];
  return [sql('v.system = ?', system === null ? none : dictionary.system(system))];
}

function stringCondition({ match, value }: Extract<Expression, { kind: 'string' }>): Sql {
  switch (match) {
    case 'prefix':
      return sql('v.folded >= ? AND v.folded < ?', value, value + lastCharacter);
    case 'contains':
      return sql('instr(v.folded, ?) > 0', value);
    case 'whole':
      return sql('v.folded = ?', value);
    case 'exact':
      return sql('v.folded = ? AND v.exact = ?', foldedKey(value), value);
  }
}

function unitCondition(dictionary: Dictionary, node: Extract<Expression, { kind: 'quantity' }>): Sql[] {
  const system = systemCondition(dictionary, node.system);
  if (node.unit === undefined) return system;
  if (node.system !== undefined) return [...system, sql('v.code = ?', node.unit)];
  return [sql('(v.code = ? OR v.unit = ?)', node.unit, node.unit)];
}

function referenceCondition(
  dictionary: Dictionary,
  tenant: string,
  node: Extract<Expression, { kind: 'reference' }>,
  texts: readonly string[] | undefined,
): Sql {
  const identity = equals('v.target_id', texts ?? ('url' in node ? node.url : node.id));
  if ('url' in node) return all([identity, sql(`v.target = ${none}`)]);
  if (node.type === undefined) return all([identity, sql(`v.target <> ${none}`)]);
  return all([identity, sql('v.target = ?', dictionary.scope(tenant, node.type))]);
}

function equals(column: string, text: string | readonly string[]): Sql {
  if (typeof text === 'string') return sql(`${column} = ?`, text);
  return sql(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(text));
}
