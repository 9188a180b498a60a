import { fhirError } from '../../fhir/error.ts';
import type { SortKey } from '../../search/expression.ts';
import type { Row, SqlValue } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { familyTables } from './families.ts';
import { all, any, type Sql, sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';

/**
 * Where a page starts: after the row with this id, whose sort values are these (`null`: it has none). A row id is
 * given at creation and stays, so that a page never moves under writes.
 */
export interface Position {
  values: SqlValue[];
  rid: number;
}

/** Where a page starts in the order of an index: after the row of these key columns. See `streams.ts`. */
export interface StreamPosition {
  /** The criterion whose index is read, among those that all have to be met. */
  criterion: number;
  /** The stream of that criterion. */
  part: number;
  after: (string | number)[];
}

/** Nothing for the first page. */
export interface Start {
  position?: Position;
  stream?: StreamPosition;
}

/** The text of a position, as `SearchPage.next`. `row` is the row id and then the sort values. */
export function cursorOf(row: Row): string {
  return JSON.stringify(row);
}

export function streamCursorOf({ criterion, part, after }: StreamPosition): string {
  return JSON.stringify({ along: [criterion, part, ...after] });
}

/** @throws FhirError 400 when the text is no cursor of a search with these sort keys */
export function startOf(cursor: string | undefined, sort: readonly SortKey[]): Start {
  if (cursor === undefined) return {};
  const row = parsed(cursor);
  const along: unknown = sort.length === 0 ? (row as { along?: unknown } | null)?.along : undefined;
  if (isStreamRow(along)) {
    const [criterion, part, ...after] = along;
    return { stream: { criterion, part, after } };
  }
  if (!Array.isArray(row) || row.length !== sort.length + 1 || !Number.isSafeInteger(row[0])) {
    throw anotherSearch();
  }
  const [rid, ...values] = row as [number, ...SqlValue[]];
  return { position: { values, rid } };
}

export function anotherSearch(): Error {
  return fhirError(400, 'value', 'The page link belongs to another search');
}

function isStreamRow(row: unknown): row is [number, number, ...(string | number)[]] {
  return (
    Array.isArray(row) &&
    row.slice(0, 2).every(Number.isSafeInteger) &&
    row.length > 2 &&
    row.every((value) => typeof value === 'string' || typeof value === 'number')
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Rows that are equal in all sort keys follow each other in the order of creation, or backwards with the first key. */
export function ridsDescend(sort: readonly SortKey[]): boolean {
  return sort[0]?.descending ?? false;
}

/** The value that a resource `t0` is sorted by: of several the lowest, or the highest when descending. */
export function sortValue(dictionary: Dictionary, searched: SearchedType, key: SortKey): Sql {
  if (key.family === 'id') return sql('t0.id');
  if (key.family === 'lastUpdated') return sql('t0.updated');
  const { table, byResource, key: column } = familyTables[key.family];
  const parameters = [key.parameter, ...(key.parts ?? [])].map((code) =>
    dictionary.parameter(searched.scope, code),
  );
  return sql(
    `(SELECT ${key.descending ? 'max' : 'min'}(v.${column}) FROM ${table} v INDEXED BY ${byResource}
      WHERE v.rid = t0.rid AND v.p IN (${parameters.map(() => '?')}))`,
    ...parameters,
  );
}

/**
 * The order of rows with the columns `k0`, `k1`… and the row id in `rid`; no value comes last in both directions.
 */
export function orderBy(sort: readonly SortKey[], rid = 'rid'): string {
  const keys = sort.map(({ descending }, at) => `k${at} ${descending ? 'DESC' : 'ASC'} NULLS LAST`);
  return [...keys, `${rid} ${ridsDescend(sort) ? 'DESC' : 'ASC'}`].join(', ');
}

/** The condition that such a row comes after the position. */
export function after(sort: readonly SortKey[], position: Position, column = 'rid'): Sql {
  const { values, rid } = position;
  const equal = values.map((value, at) => sql(`k${at} IS ?`, value));
  const later = sort.map(({ descending }, at) => {
    const value = values[at] as SqlValue;
    const beyond =
      value === null ? sql('0') : sql(`(k${at} ${descending ? '<' : '>'} ? OR k${at} IS NULL)`, value);
    return all([...equal.slice(0, at), beyond]);
  });
  return any([...later, all([...equal, sql(`${column} ${ridsDescend(sort) ? '<' : '>'} ?`, rid)])]);
}
