import type { IndexValues } from '../../search/index-values.ts';
import type { Change, CommitResult, ConditionClaim, WriteMethod } from '../contract.ts';

/**
 * Index values as they cross to the writer's thread: one flat list a family, which costs far less to copy than an
 * object a value. Each value starts with its parameter and the key of its family's table.
 */
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

export interface WireChange {
  type: string;
  id: string;
  version: number;
  expectedVersion: number;
  lastUpdated: number;
  method: WriteMethod;
  restricted: boolean;
  /** `undefined` for a deletion. */
  body: string | undefined;
  index: WireIndex | undefined;
  identityKeys: readonly string[];
  claim: ConditionClaim | undefined;
}

/** What the writer's thread does for a caller; those that wait together share one transaction. */
export type WriterOperation =
  | { kind: 'commit'; tenant: string; changes: WireChange[] }
  | { kind: 'reindex'; entries: ReindexEntry[]; progress: string | undefined }
  | { kind: 'secret'; name: string }
  | { kind: 'ping' }
  | ExpiringOperation;

export type ExpiringOperation =
  | { kind: 'put' | 'putIfAbsent'; key: string; value: string; ttl: number; group: string | undefined }
  | { kind: 'take'; key: string }
  | { kind: 'increment'; key: string; ttl: number }
  | { kind: 'deleteByGroup'; group: string }
  | { kind: 'purge' };

/** New index rows for a resource, made from this version of it. */
export interface ReindexEntry {
  tenant: string;
  type: string;
  id: string;
  version: number;
  index: WireIndex;
}

/** What each operation answers. */
export interface WriterAnswers {
  commit: CommitResult;
  reindex: undefined;
  secret: Uint8Array;
  ping: undefined;
  put: undefined;
  putIfAbsent: boolean;
  take: string | undefined;
  increment: { count: number; expiresAt: number };
  deleteByGroup: undefined;
  purge: undefined;
}

export type WriterRequest = [number: number, operation: WriterOperation];

/** The answers of one transaction, and the time it took in seconds. */
export interface WriterReport {
  answers: [number: number, answer: unknown][];
  failures: [number: number, message: string][];
  seconds: number;
}

export function wireChange(change: Change): WireChange {
  const { type, id, version, expectedVersion, lastUpdated, method } = change;
  const put = change.kind === 'put' ? change : undefined;
  return {
    type,
    id,
    version,
    expectedVersion,
    lastUpdated,
    method,
    restricted: put?.restricted ?? false,
    body: put?.body,
    index: put && wireIndex(put.index),
    identityKeys: put?.identityKeys ?? [],
    claim: put?.claim,
  };
}

export function wireIndex(values: IndexValues): WireIndex {
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
  return wire;
}

/** Open ends as numbers that JSON can say, for the cursors of sorted pages. */
function finite(bound: number): number {
  return Math.min(Math.max(bound, -Number.MAX_VALUE), Number.MAX_VALUE);
}
