import { hash } from 'node:crypto';
import type { IndexValues } from '../../search/index-values.ts';

/** One flat list a family; each value starts with its parameter and the key of its family's table. */
export interface WireIndex {
  /** parameter, folded, exact */
  string: string[];
  /** parameter, code (empty: none), system */
  token: (string | null)[];
  /** parameter, low, high */
  date: (string | number)[];
  number: (string | number)[];
  /** parameter, low, high, system, code, unit */
  quantity: (string | number | null)[];
  /** parameter, id or URL, type (null: a URL) */
  reference: (string | null)[];
  /** parameter, value */
  uri: string[];
}

/** Values a stored value takes in the lists of `WireIndex`. */
export const wireWidth = {
  string: 3,
  token: 3,
  date: 3,
  number: 3,
  quantity: 6,
  reference: 3,
  uri: 2,
} as const;

/**
 * Index values as they cross to the writer's thread and wait there: a text costs far less to copy than objects.
 * @throws Error on a bound that is no number
 */
export function wireIndex(values: IndexValues): string {
  const wire: WireIndex = {
    string: [],
    token: [],
    date: [],
    number: [],
    quantity: [],
    reference: [],
    uri: [],
  };
  for (const { parameter, folded, exact } of values.string) wire.string.push(parameter, folded, exact);
  for (const { parameter, code, system } of values.token)
    wire.token.push(parameter, code ?? '', system ?? null);
  for (const { parameter, low, high } of values.date) wire.date.push(parameter, finite(low), finite(high));
  for (const { parameter, low, high } of values.number)
    wire.number.push(parameter, finite(low), finite(high));
  for (const { parameter, low, high, system, code, unit } of values.quantity) {
    wire.quantity.push(parameter, finite(low), finite(high), system ?? null, code ?? '', unit ?? '');
  }
  for (const value of values.reference) {
    if ('url' in value) wire.reference.push(value.parameter, value.url, null);
    else wire.reference.push(value.parameter, value.id, value.type);
  }
  for (const { parameter, value } of values.uri) wire.uri.push(parameter, value);
  return JSON.stringify(wire);
}

/** What `wireIndex` made a text of. */
export function readWireIndex(text: string): WireIndex {
  return JSON.parse(text) as WireIndex;
}

/** By which two versions of a resource can be told to have the same index values: sixteen bytes. */
export function indexDigest(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 16);
}

/**
 * Open ends as numbers that JSON can say, for the cursors of sorted pages.
 * @throws Error on what is no number: its row, which may be written after the commit, would be refused for ever
 */
function finite(bound: number): number {
  if (Number.isNaN(bound)) throw new Error('A bound of an index value is not a number');
  return Math.min(Math.max(bound, -Number.MAX_VALUE), Number.MAX_VALUE);
}
