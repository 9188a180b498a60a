import type { Change, CommitResult, ConditionClaim, ContainedResource, WriteMethod } from '../contract.ts';
import type { RewriteBatch } from '../rewriting.ts';
import type { ExpiringValue, Secret, StoredClaim } from '../transfer.ts';
import { wireIndex } from './wire-index.ts';

export interface WireChange {
  type: string;
  id: string;
  version: number;
  expectedVersion: number;
  expectedLastUpdated: number | undefined;
  lastUpdated: number;
  method: WriteMethod;
  restricted: boolean;
  /** Nothing of the resource is to be left. */
  purges: boolean;
  /** `undefined` for a deletion. */
  body: string | undefined;
  /** See `wireIndex`. */
  index: string | undefined;
  /** See `IndexValues.generation`. */
  generation: number | undefined;
  identityKeys: readonly string[];
  claim: ConditionClaim | undefined;
  contained: readonly WireContained[];
}

/** See `ContainedResource`. */
export interface WireContained {
  type: string;
  id: string;
  body: string;
  restricted: boolean;
  index: string;
}

/** What the writer's thread does for a caller; those that wait together share one transaction. */
export type WriterOperation =
  | { kind: 'commit'; tenant: string; changes: WireChange[] }
  | ReindexOperation
  | TransferOperation
  | { kind: 'parameters'; expected: number; parameters: string }
  | { kind: 'secret'; name: string }
  | { kind: 'ping' }
  /** See `Rewriting`. */
  | { kind: 'rewrite'; batch: RewriteBatch }
  | { kind: 'clean' }
  /** Indexes texts of committed versions for a short time; answers true when none is left. */
  | { kind: 'indexTexts' }
  /** See `ResourceIndex`. */
  | { kind: 'deferIndex' | 'completeIndex' }
  | ExpiringOperation;

/** See `reindexRows`. */
interface ReindexOperation {
  kind: 'reindex';
  entries: ReindexEntry[];
  generation: number | undefined;
  progressKey: string;
  progress: string | undefined;
  completes: string[];
}

/** See `Transfer.write`. */
export interface TransferOperation {
  kind: 'transfer';
  parts: { tenant: string; changes: WireChange[] }[];
  claims: StoredClaim[];
  expiring: ExpiringValue[];
  secrets: Secret[];
  note: string;
}

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
  index: string;
  /** What the resource contains, where that is indexed anew too. */
  contained: readonly WireContained[] | undefined;
}

/** What each operation answers. */
export interface WriterAnswers {
  /** `outdated`: index values are of another generation of the search parameters; nothing was written. */
  commit: CommitResult | 'outdated';
  reindex: boolean;
  transfer: undefined;
  parameters: boolean;
  secret: Uint8Array;
  ping: undefined;
  rewrite: undefined;
  clean: undefined;
  indexTexts: boolean;
  deferIndex: undefined;
  completeIndex: undefined;
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

/** @throws Error on a bound that is no number */
export function wireChange(change: Change): WireChange {
  const { kind, type, id, expectedVersion } = change;
  const put = kind === 'put' ? change : undefined;
  // A resource that is purged has the version of one that never was.
  const { version, lastUpdated, method } =
    kind === 'purge' ? { version: 0, lastUpdated: 0, method: 'DELETE' as const } : change;
  const expectedLastUpdated = kind === 'purge' ? undefined : change.expectedLastUpdated;
  return {
    type,
    id,
    version,
    expectedVersion,
    expectedLastUpdated,
    lastUpdated,
    method,
    restricted: put?.restricted ?? false,
    purges: kind === 'purge',
    body: put?.body,
    index: put && wireIndex(put.index),
    generation: put?.index.generation,
    identityKeys: put?.identityKeys ?? [],
    claim: put?.claim,
    contained: put?.contained?.map(wireContained) ?? [],
  };
}

export function wireContained(resource: ContainedResource): WireContained {
  return { ...resource, index: wireIndex(resource.index) };
}
