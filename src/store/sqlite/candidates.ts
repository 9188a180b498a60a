import { ownCanonicalsParameter } from '../../search/derived-parameters.ts';
import type { Expression } from '../../search/expression.ts';
import { groupAlternatives, isGroup } from './alternatives.ts';
import { breadth } from './breadth.ts';
import { compileTest, lastUpdatedCondition } from './compile.ts';
import type { Connection } from './connection.ts';
import { type Dictionary, none } from './dictionary.ts';
import { familyTables } from './families.ts';
import { nearProbe } from './near.ts';
import { rangeProbes } from './range-conditions.ts';
import { type Sql, sql } from './sql.ts';
import { textProbe } from './text-conditions.ts';
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

/** Smaller limits that are tried before the one that is asked for. */
const firstLimits = [16, 512];

/** Rows that are read for each candidate at most, where the index tells a part of the criterion alone. */
const readPerFound = 4;

/** A query for row ids. */
interface Probe extends Sql {
  /** Has a second column that tells whether the row meets the criterion. */
  isTested?: true;
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
  const probing = new Probing(connection, dictionary, limits.whole);
  // A narrow criterion is found without reading far into those that are wide.
  for (const rows of [...firstLimits.filter((first) => first < limits.rows), limits.rows]) {
    const rids = probing.narrow(searched, expression, rows);
    if (rids !== undefined) return [...rids].sort((a, b) => a - b);
  }
  return undefined;
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
    { parameter, targetType, expression, canonical }: Extract<Expression, { kind: 'chain' }>,
    limit: number,
  ): Set<number> | undefined {
    const target = { tenant: searched.tenant, scope: this.#dictionary.scope(searched.tenant, targetType) };
    const targets = this.narrow(target, expression, limit);
    if (targets === undefined) return undefined;
    const condition = compileTest(this.#dictionary, target, expression, 1);
    const references = canonical
      ? sql(
          `CROSS JOIN uri_value u INDEXED BY uri_by_resource ON u.rid = t1.rid AND u.p = ?
           CROSS JOIN reference_value v ON v.p = ? AND v.target_id = u.value AND v.target = ${none}`,
          this.#dictionary.parameter(target.scope, ownCanonicalsParameter),
          this.#dictionary.parameter(searched.scope, parameter),
        )
      : sql(
          'CROSS JOIN reference_value v ON v.p = ? AND v.target_id = t1.id AND v.target = t1.scope',
          this.#dictionary.parameter(searched.scope, parameter),
        );
    const sources = {
      text: `SELECT v.rid FROM json_each(?) c CROSS JOIN resource t1 ON t1.rid = c.value
             ${references.text} WHERE t1.deleted = 0 AND ${condition.text}`,
      values: [JSON.stringify([...targets]), ...references.values, ...condition.values],
    };
    return this.#read([sources], limit);
  }

  /** The resources to which the sources that match refer. */
  #targets(
    searched: SearchedType,
    { parameter, sourceType, expression, canonical }: Extract<Expression, { kind: 'has' }>,
    limit: number,
  ): Set<number> | undefined {
    const source = { tenant: searched.tenant, scope: this.#dictionary.scope(searched.tenant, sourceType) };
    const sources = this.narrow(source, expression, limit);
    if (sources === undefined) return undefined;
    const condition = compileTest(this.#dictionary, source, expression, 1);
    const referred = canonical
      ? sql(
          `CROSS JOIN uri_value u ON u.p = ? AND u.value = v.target_id AND v.target = ${none}
           CROSS JOIN resource t ON t.rid = u.rid`,
          this.#dictionary.parameter(searched.scope, ownCanonicalsParameter),
        )
      : sql('CROSS JOIN resource t ON t.scope = v.target AND t.id = v.target_id');
    const targets = {
      text: `SELECT DISTINCT t.rid FROM json_each(?) c CROSS JOIN resource t1 ON t1.rid = c.value
             CROSS JOIN reference_value v INDEXED BY reference_by_resource ON v.rid = t1.rid AND v.p = ?
             ${referred.text} WHERE t1.deleted = 0 AND t.scope = ? AND ${condition.text}`,
      values: [
        JSON.stringify([...sources]),
        this.#dictionary.parameter(source.scope, parameter),
        ...referred.values,
        searched.scope,
        ...condition.values,
      ],
    };
    return this.#read([targets], limit);
  }

  #read(probes: readonly Probe[] | undefined, limit: number): Set<number> | undefined {
    if (probes === undefined) return undefined;
    const rids = new Set<number>();
    for (const { text, values, isTested } of probes) {
      const room = limit - rids.size;
      const most = isTested ? room * readPerFound : room;
      const rows = this.#connection.rows(`${text} LIMIT ?`, [...values, most + 1]);
      if (rows.length > most) return undefined;
      const found = isTested ? rows.filter(([, passes]) => passes === 1) : rows;
      if (found.length > room) return undefined;
      for (const row of found) rids.add(row[0] as number);
    }
    return rids;
  }

  #probes(searched: SearchedType, expression: Expression): Probe[] | undefined {
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
      case 'text':
        return [textProbe(searched, expression)];
      case 'missing': {
        if (expression.missing || expression.anyKey) return undefined;
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
  ): Probe[] | undefined {
    if (readsWholeParameter(expression) && !this.#whole) return undefined;
    const { family, p, condition } = valueCondition(this.#dictionary, searched, expression, texts);
    const { table } = familyTables[family];
    return probeConditions(expression, condition).map(({ text, values }) =>
      expression.kind === 'quantity'
        ? {
            // The index tells the range alone: rows of other units are read on the way.
            text: `SELECT v.rid, ${condition.text} FROM ${table} v WHERE v.p = ? AND ${text}`,
            values: [...condition.values, p, ...values],
            isTested: true,
          }
        : { text: `SELECT v.rid FROM ${table} v WHERE v.p = ? AND ${text}`, values: [p, ...values] },
    );
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
    case 'quantity':
      return rangeProbes(expression.kind, expression.tests).map((probe) => probe.condition);
    default:
      return [condition];
  }
}
