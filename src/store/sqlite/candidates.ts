import type { Expression } from '../../search/expression.ts';
import { groupAlternatives, isGroup } from './alternatives.ts';
import { compileTest, lastUpdatedCondition } from './compile.ts';
import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { familyTables } from './families.ts';
import { nearProbe } from './near.ts';
import { rangeProbes } from './range-conditions.ts';
import { all, type Sql, sql } from './sql.ts';
import {
  isValueExpression,
  type SearchedType,
  type ValueExpression,
  valueCondition,
} from './value-conditions.ts';

export interface ProbeLimits {
  /** Candidates that a probe reads at most; with more it says nothing. */
  rows: number;
  /** Also probe where an index has to be read whole (`:contains`). */
  whole: boolean;
}

/** A set as small as this is taken without a look for a smaller one. */
const smallEnough = 16;

/**
 * The row ids among which all matches of an expression are, sorted, or `undefined` when no criterion narrows them to
 * `limits.rows`. They still have to be tested with the whole expression.
 */
export function findCandidates(
  connection: Connection,
  dictionary: Dictionary,
  searched: SearchedType,
  expression: Expression,
  limits: ProbeLimits,
): number[] | undefined {
  const rids = new Probing(connection, dictionary, limits.whole).narrow(searched, expression, limits.rows);
  return rids && [...rids].sort((a, b) => a - b);
}

class Probing {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #whole: boolean;

  constructor(connection: Connection, dictionary: Dictionary, whole: boolean) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#whole = whole;
  }

  narrow(searched: SearchedType, expression: Expression, limit: number): Set<number> | undefined {
    switch (expression.kind) {
      case 'and':
        return this.#narrowest(searched, expression.operands, limit);
      case 'or':
        return this.#union(searched, expression.operands, limit);
      case 'not':
        return undefined;
      case 'chain':
        return this.#sources(searched, expression, limit);
      case 'has':
        return this.#targets(searched, expression, limit);
      default:
        return this.#read(this.#probes(searched, expression), limit);
    }
  }

  /** The smallest set of one operand; each operand is read no further than the best before it. */
  #narrowest(
    searched: SearchedType,
    operands: readonly Expression[],
    limit: number,
  ): Set<number> | undefined {
    let best: Set<number> | undefined;
    for (const operand of [...operands].sort((a, b) => breadth(a) - breadth(b))) {
      const found = this.narrow(searched, operand, best === undefined ? limit : best.size - 1);
      if (found !== undefined) best = found;
      if (best !== undefined && best.size <= smallEnough) break;
    }
    return best;
  }

  #union(searched: SearchedType, operands: readonly Expression[], limit: number): Set<number> | undefined {
    const rids = new Set<number>();
    for (const operand of groupAlternatives(operands)) {
      const room = limit - rids.size;
      const found = isGroup(operand)
        ? this.#read(this.#valueProbes(searched, operand.node, operand.texts), room)
        : this.narrow(searched, operand, room);
      if (found === undefined) return undefined;
      for (const rid of found) rids.add(rid);
    }
    return rids;
  }

  /** The resources that refer to the targets which match. */
  #sources(
    searched: SearchedType,
    { parameter, targetType, expression }: Extract<Expression, { kind: 'chain' }>,
    limit: number,
  ): Set<number> | undefined {
    const target = { tenant: searched.tenant, scope: this.#dictionary.scope(searched.tenant, targetType) };
    const targets = this.narrow(target, expression, limit);
    if (targets === undefined) return undefined;
    const condition = compileTest(this.#dictionary, target, expression, 1);
    const sources = {
      text: `SELECT v.rid FROM json_each(?) c CROSS JOIN resource t1 ON t1.rid = c.value
             CROSS JOIN reference_value v ON v.p = ? AND v.target_id = t1.id AND v.target = t1.scope
             WHERE t1.deleted = 0 AND ${condition.text}`,
      values: [
        JSON.stringify([...targets]),
        this.#dictionary.parameter(searched.scope, parameter),
        ...condition.values,
      ],
    };
    return this.#read([sources], limit);
  }

  /** The resources to which the sources that match refer. */
  #targets(
    searched: SearchedType,
    { parameter, sourceType, expression }: Extract<Expression, { kind: 'has' }>,
    limit: number,
  ): Set<number> | undefined {
    const source = { tenant: searched.tenant, scope: this.#dictionary.scope(searched.tenant, sourceType) };
    const sources = this.narrow(source, expression, limit);
    if (sources === undefined) return undefined;
    const condition = compileTest(this.#dictionary, source, expression, 1);
    const targets = {
      text: `SELECT DISTINCT t.rid FROM json_each(?) c CROSS JOIN resource t1 ON t1.rid = c.value
             CROSS JOIN reference_value v INDEXED BY reference_by_resource ON v.rid = t1.rid AND v.p = ?
             CROSS JOIN resource t ON t.scope = v.target AND t.id = v.target_id
             WHERE t1.deleted = 0 AND t.scope = ? AND ${condition.text}`,
      values: [
        JSON.stringify([...sources]),
        this.#dictionary.parameter(source.scope, parameter),
        searched.scope,
        ...condition.values,
      ],
    };
    return this.#read([targets], limit);
  }

  #read(probes: readonly Sql[] | undefined, limit: number): Set<number> | undefined {
    if (probes === undefined) return undefined;
    const rids = new Set<number>();
    for (const { text, values } of probes) {
      const room = limit - rids.size;
      const rows = this.#connection.rows(`${text} LIMIT ?`, [...values, room + 1]);
      if (rows.length > room) return undefined;
      for (const row of rows) rids.add(row[0] as number);
    }
    return rids;
  }

  #probes(searched: SearchedType, expression: Expression): Sql[] | undefined {
    switch (expression.kind) {
      case 'ids': {
        const text = `SELECT t.rid FROM json_each(?) c CROSS JOIN resource t ON t.scope = ? AND t.id = c.value
                      WHERE t.deleted = 0`;
        return [sql(text, JSON.stringify(expression.ids), searched.scope)];
      }
      case 'lastUpdated': {
        const condition = lastUpdatedCondition('t', expression.tests);
        const text = `SELECT t.rid FROM resource t INDEXED BY resource_by_updated
                      WHERE t.scope = ? AND t.deleted = 0 AND ${condition.text}`;
        return [{ text, values: [searched.scope, ...condition.values] }];
      }
      case 'near':
        return [nearProbe(this.#dictionary, searched, expression)];
      case 'missing': {
        if (expression.missing) return undefined;
        const p = this.#dictionary.parameter(searched.scope, expression.parameter);
        return [sql(`SELECT v.rid FROM ${familyTables[expression.family].table} v WHERE v.p = ?`, p)];
      }
      default:
        return isValueExpression(expression) ? this.#valueProbes(searched, expression) : undefined;
    }
  }

  #valueProbes(
    searched: SearchedType,
    expression: ValueExpression,
    texts?: readonly string[],
  ): Sql[] | undefined {
    if (readsWholeParameter(expression) && !this.#whole) return undefined;
    const { family, p, condition } = valueCondition(this.#dictionary, searched, expression, texts);
    return probeConditions(expression, condition).map(({ text, values }) => ({
      text: `SELECT v.rid FROM ${familyTables[family].table} v WHERE v.p = ? AND ${text}`,
      values: [p, ...values],
    }));
  }
}

/** True for a criterion that no index narrows: all values of its parameter are looked at. */
function readsWholeParameter(expression: ValueExpression): boolean {
  if (expression.kind === 'string') return expression.match === 'contains';
  return expression.kind === 'token' && expression.code === undefined;
}

function probeConditions(expression: ValueExpression, condition: Sql): Sql[] {
  switch (expression.kind) {
    case 'date':
    case 'number':
      return rangeProbes(expression.kind, expression.tests);
    case 'quantity':
      return rangeProbes('quantity', expression.tests).map((probe) => all([probe, condition]));
    default:
      return [condition];
  }
}

/** How many resources a criterion is likely to match: the order in which criteria are probed. */
function breadth(expression: Expression): number {
  switch (expression.kind) {
    case 'ids':
      return 0;
    case 'token':
      return expression.code === undefined ? 6 : 1;
    case 'reference':
      return 1;
    case 'uri':
      return expression.match === 'prefix' ? 2 : 1;
    case 'string':
      return { exact: 1, whole: 1, prefix: 2, contains: 9 }[expression.match];
    case 'date':
    case 'number':
    case 'quantity':
    case 'lastUpdated':
    case 'near':
      return 3;
    case 'chain':
    case 'has':
      return 5;
    case 'and':
      return Math.min(...expression.operands.map(breadth));
    case 'or':
      return Math.max(...expression.operands.map(breadth));
    case 'missing':
      return 8;
    case 'not':
      return 10;
  }
}
