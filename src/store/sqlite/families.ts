import type { ValueFamily } from '../../search/expression.ts';

/** Where the values of one family are. */
export interface FamilyTable {
  table: string;
  /** The index by (rid, p). */
  byResource: string;
  /** The column that the table is ordered by within a parameter; sorting goes by it. */
  key: string;
}

export const familyTables: Readonly<Record<ValueFamily, FamilyTable>> = {
  string: { table: 'string_value', byResource: 'string_by_resource', key: 'folded' },
  token: { table: 'token_value', byResource: 'token_by_resource', key: 'code' },
  date: { table: 'date_value', byResource: 'date_by_resource', key: 'low' },
  number: { table: 'number_value', byResource: 'number_by_resource', key: 'low' },
  quantity: { table: 'quantity_value', byResource: 'quantity_by_resource', key: 'low' },
  reference: { table: 'reference_value', byResource: 'reference_by_resource', key: 'target_id' },
  uri: { table: 'uri_value', byResource: 'uri_by_resource', key: 'value' },
};

export type RangeFamily = 'date' | 'number' | 'quantity';

/**
 * A range is wide when it is longer than this: a day in milliseconds, and any length for numbers, which mostly are
 * single ones and of any magnitude. Ranges that are not wide and end after X begin after X less this span, so that
 * the index on `low` finds them; wide ones have an index on `high`.
 */
export const wideSpan: Readonly<Record<RangeFamily, number>> = { date: 86_400_000, number: 0, quantity: 0 };
