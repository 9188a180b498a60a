import type { ValueFamily } from '../../search/expression.ts';
import type { Connection, Row, SqlValue } from './connection.ts';
import { type Dictionary, none } from './dictionary.ts';
import { type FamilyTable, familyTables, wideSpan } from './families.ts';
import { readWireIndex, type WireIndex, wireWidth } from './wire-index.ts';

const families = Object.keys(familyTables) as ValueFamily[];

/** The columns of each family's table: those of its key first, `rid` third. */
const columns: Readonly<Record<ValueFamily, readonly string[]>> = {
  string: ['p', 'folded', 'rid', 'exact', 'rank'],
  token: ['p', 'code', 'rid', 'system', 'rank'],
  date: ['p', 'low', 'rid', 'high', 'wide', 'rank'],
  number: ['p', 'low', 'rid', 'high', 'wide', 'rank'],
  quantity: ['p', 'low', 'rid', 'high', 'system', 'code', 'unit', 'wide', 'rank'],
  reference: ['p', 'target_id', 'rid', 'target', 'rank'],
  uri: ['p', 'value', 'rid', 'rank'],
};

/** Rows that one statement writes at most. */
const rowsPerStatement = 16;

/**
 * By family, those of one row first. Values that a resource repeats have one row; any other constraint still refuses the
 * commit, which takes back all that the statement wrote (`OR FAIL`), so that it need not keep the pages as they were.
 */
const inserts = statements((family, { table }) => {
  const names = columns[family];
  const row = `(${names.map(() => '?')})`;
  return Array.from({ length: rowsPerStatement }, (_, before) => {
    const values = Array(before + 1).fill(row);
    return `INSERT OR FAIL INTO ${table} (${names}) VALUES ${values} ON CONFLICT DO NOTHING`;
  });
});

const selects = statements(
  (family, { table, byResource }) =>
    `SELECT ${columns[family]} FROM ${table} INDEXED BY ${byResource} WHERE rid = ?`,
);

const deletes = statements(
  (family, { table }) =>
    `DELETE FROM ${table} WHERE ${columns[family].map((name) => `${name} = ?`).join(' AND ')}`,
);

function statements<T>(
  text: (family: ValueFamily, table: FamilyTable) => T,
): Readonly<Record<ValueFamily, T>> {
  const texts = families.map((family) => [family, text(family, familyTables[family])]);
  return Object.fromEntries(texts) as Record<ValueFamily, T>;
}

/** The resource that index rows belong to: its row id, its tenant, and the scope of its type in that. */
export interface IndexedPlace {
  rid: number;
  tenant: string;
  scope: number;
}

/** Writes and removes the index rows of resources, on the writer's connection. */
export class IndexRows {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  /** Tells each row of these index values (see `wireIndex`), which starts with the row id of its parameter. */
  each(place: IndexedPlace, text: string, visit: (family: ValueFamily, row: Row) => void): void {
    const index = readWireIndex(text);
    for (const family of families) {
      if (index[family].length === 0) continue;
      for (const row of this.#rows(family, place, index)) visit(family, row);
    }
  }

  /** The number of columns of a family's rows. */
  width(family: ValueFamily): number {
    return columns[family].length;
  }

  /** Writes rows, one after the other in one list, unless they are there. */
  insert(family: ValueFamily, rows: readonly SqlValue[]): void {
    const width = columns[family].length;
    const step = rowsPerStatement * width;
    for (let start = 0; start < rows.length; start += step) {
      const some = rows.length <= step ? rows : rows.slice(start, start + step);
      this.#connection.run(inserts[family][some.length / width - 1] as string, some);
    }
  }

  /**
   * Makes these the index rows of a resource, none without `text`. Rows that it has already are not touched: a new
   * version mostly has the values of the one before.
   */
  replace(place: IndexedPlace, text: string | undefined, isNew: boolean): void {
    const index = text === undefined ? undefined : readWireIndex(text);
    for (const family of families) {
      const wanted = index === undefined ? [] : this.#rows(family, place, index);
      const missing = isNew ? wanted : this.#removeOthers(family, place.rid, wanted);
      this.insert(family, missing.flat());
    }
  }

  /** Removes the rows of a resource that are not wanted; answers the wanted ones that are not there. */
  #removeOthers(family: ValueFamily, rid: number, wanted: readonly Row[]): Row[] {
    const rows = this.#connection.rows(selects[family], [rid]);
    const stored = new Map(rows.map((row) => [nameOf(row), row]));
    const missing = wanted.filter((row) => !stored.delete(nameOf(row)));
    for (const row of stored.values()) this.#connection.run(deletes[family], row);
    return missing;
  }

  #rows(family: ValueFamily, { rid, tenant, scope }: IndexedPlace, index: WireIndex): Row[] {
    const values = index[family] as SqlValue[];
    const width = wireWidth[family];
    const rankOf = ranks(values, width);
    const rows: Row[] = [];
    for (let at = 0; at < values.length; at += width) {
      const p = this.#dictionary.parameter(scope, values[at] as string);
      rows.push([p, values[at + 1] as SqlValue, rid, ...this.#rest(family, values, at, tenant), rankOf(at)]);
    }
    return rows;
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

/** One text for a row, by which two can be compared; the parts of a key hold no line end of this kind. */
function nameOf(row: Row): string {
  return row.join('\u0000');
}
