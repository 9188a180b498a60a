import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { fhirError } from '../../fhir/error.ts';

const duplicateKey = 11_000;
const maxTimeExpired = 50;

/** A document or a command beyond the 16 MB of MongoDB. */
const tooLarge: ReadonlySet<unknown> = new Set([10_334, 17_280, 17_419, 17_420]);

/** There is no primary, it steps down or shuts down, or a majority cannot be reached. */
const unavailable: ReadonlySet<unknown> = new Set([
  6, 7, 64, 89, 91, 133, 189, 262, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

const socketCodes: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT']);

/** The time of a call ran out by the clock of this process. */
export class OutOfTime extends Error {}

/** A change was sent and may have been made or not. */
export class UnknownEnd extends Error {
  /** @param cause see `isTimeout` and `isUnavailable` */
  constructor(cause: unknown) {
    super('It is not known whether the change was made', { cause });
  }
}

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/**
 * A write to a connection that has just been lost: the driver passes on what the operating system says, or Node.js
 * itself of a socket that the other side has ended.
 */
function isSocketError(error: unknown): boolean {
  return socketCodes.has((error as { code?: unknown } | null | undefined)?.code);
}

/** The driver wraps what fails of a write of several documents, a server that cannot be found too. */
function withoutWrap(error: unknown): unknown {
  const wrapped: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : undefined;
  return wrapped instanceof Error ? wrapped : error;
}

/** Runs an upsert again that lost a race for its key: the second time it finds what to update. */
export async function onceMore<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicateKey(error)) return write();
    throw error;
  }
}

/** The call took longer than it may, by the clock of the database or by that of this process. */
export function isTimeout(error: unknown): boolean {
  return error instanceof OutOfTime || (error instanceof MongoServerError && error.code === maxTimeExpired);
}

/** The call may be made again when there is a primary, or a connection, again. */
export function isUnavailable(failure: unknown): boolean {
  const error = withoutWrap(failure);
  return (
    error instanceof MongoNetworkError ||
    isSocketError(error) ||
    error instanceof MongoServerSelectionError ||
    (error instanceof MongoError && error.name === 'MongoWaitQueueTimeoutError') ||
    (error instanceof MongoServerError && unavailable.has(error.code)) ||
    (error instanceof MongoError &&
      (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError')))
  );
}

/**
 * Runs calls of the database and turns its failures that a caller can act on into refusals.
 * @throws FhirError 503 `timeout` or `transient`, both with Retry-After; 413 for a resource beyond what a document holds
 */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What a caller is told of a failure: no text of the database, which may quote values. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof UnknownEnd) {
    const diagnostics =
      'The database did not say in time whether the change was made: look for it before the request is repeated';
    const code = isTimeout(error.cause) ? 'timeout' : 'transient';
    return fhirError(503, code, diagnostics, undefined, { 'Retry-After': '5' });
  }
  if (isTimeout(error)) {
    const diagnostics = 'The call took longer than it may and was stopped: narrow it or repeat it later';
    return fhirError(503, 'timeout', diagnostics, undefined, { 'Retry-After': '10' });
  }
  if (isUnavailable(error)) {
    const diagnostics = 'The database cannot be reached or has no primary now: repeat the request';
    return fhirError(503, 'transient', diagnostics, undefined, { 'Retry-After': '5' });
  }
  if (error instanceof MongoServerError && tooLarge.has(error.code)) {
    return fhirError(413, 'too-long', 'The resource is larger than the database can hold');
  }
  return error;
}
