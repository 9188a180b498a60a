import type { ValueFamily } from '../../search/expression.ts';
import type { Connection, SqlValue } from './connection.ts';
import { type Dictionary, none } from './dictionary.ts';
import { familyTables, wideSpan } from './families.ts';
import { type WireIndex, wireWidth } from './wire.ts';

const families = Object.keys(familyTables) as ValueFamily[];

const inserts: Readonly<Record<ValueFamily, string>> = {
  string: insertInto('string_value', 'p, folded, rid, exact, rank'),
  token: insertInto('token_value', 'p, code, rid, system, rank'),
  date: insertInto('date_value', 'p, low, rid, high, wide, rank'),
  number: insertInto('number_value', 'p, low, rid, high, wide, rank'),
  quantity: insertInto('quantity_value', 'p, low, rid, high, system, code, unit, wide, rank'),
  reference: insertInto('reference_value', 'p, target_id, rid, target, rank'),
  uri: insertInto('uri_value', 'p, value, rid, rank'),
};

/** Values that a resource repeats have one row; any other constraint still refuses the commit. */
function insertInto(table: string, columns: string): string {
  return `INSERT INTO ${table} (${columns}) VALUES (${columns.replace(/\w+/g, '?')}) ON CONFLICT DO NOTHING`;
}

/** Writes and removes the index rows of resources, on the writer's connection. */
export class IndexRows {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  insert(rid: number, tenant: string, scope: number, index: WireIndex): void {
    for (const family of families) {
      const values = index[family] as SqlValue[];
      if (values.length === 0) continue;
      const width = wireWidth[family];
      const rankOf = ranks(values, width);
      for (let at = 0; at < values.length; at += width) {
        const p = this.#dictionary.parameter(scope, values[at] as string);
        const row = [
          p,
          values[at + 1] as SqlValue,
          rid,
          ...this.#rest(family, values, at, tenant),
          rankOf(at),
        ];
        this.#connection.run(inserts[family], row);
      }
    }
  }

  remove(rid: number): void {
    for (const family of families) {
      this.#connection.run(`DELETE FROM ${familyTables[family].table} WHERE rid = ?`, [rid]);
    }
  }

  /** The columns of a row between `rid` and `rank`. */
  #rest(family: ValueFamily, values: SqlValue[], at: number, tenant: string): SqlValue[] {
    const third = values[at + 2] as SqlValue;
    switch (family) {
      case 'string':
        return [third];
      case 'token':
        return [this.#system(third)];
      case 'date':
      case 'number':
        return [third, wide(family, values, at)];
      case 'quantity': {
        const code = values[at + 4] as SqlValue;
        const unit = values[at + 5] as SqlValue;
        return [third, this.#system(values[at + 3] as SqlValue), code, unit, wide(family, values, at)];
      }
      case 'reference':
        return [third === null ? none : this.#dictionary.scope(tenant, third as string)];
      case 'uri':
        return [];
    }
  }

  #system(uri: SqlValue): number {
    return uri === null ? none : this.#dictionary.system(uri as string);
  }
}

function wide(family: 'date' | 'number' | 'quantity', values: SqlValue[], at: number): number {
  return (values[at + 2] as number) - (values[at + 1] as number) > wideSpan[family] ? 1 : 0;
}

/** Answers for each position whether its value is the lowest (1), the highest (2) or both (3) of its parameter. */
function ranks(values: SqlValue[], width: number): (at: number) => number {
  if (values.length === width) return () => 3;
  const lowest = new Map<SqlValue, number>();
  const highest = new Map<SqlValue, number>();
  for (let at = 0; at < values.length; at += width) {
    const parameter = values[at] as SqlValue;
    const low = lowest.get(parameter);
    const high = highest.get(parameter);
    if (low === undefined || inOrder(values[at + 1], values[low + 1])) lowest.set(parameter, at);
    if (high === undefined || inOrder(values[high + 1], values[at + 1])) highest.set(parameter, at);
  }
  return (at) => {
    const parameter = values[at] as SqlValue;
    return (lowest.get(parameter) === at ? 1 : 0) + (highest.get(parameter) === at ? 2 : 0);
  };
}

/** True when `a` comes before `b` in the database's order: numbers by value, texts by code point. */
function inOrder(a: SqlValue | undefined, b: SqlValue | undefined): boolean {
  if (typeof a === 'number') return a < (b as number);
  return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)) < 0;
}
