import { randomBytes } from 'node:crypto';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Commits } from './commit.ts';
import { Connection } from './connection.ts';
import { ContainedRows } from './contained-rows.ts';
import { Dictionary } from './dictionary.ts';
import { ExpiringRows } from './expiring-rows.ts';
import { IndexRows } from './index-rows.ts';
import { replaceParameters } from './indexed-parameters.ts';
import { reindexRows } from './reindex-rows.ts';
import { ResourceIndex, resourcesPerStep } from './resource-index.ts';
import { cleanRows, rewriteRows } from './rewrite-rows.ts';
import { hasSoughtTexts, indexTexts } from './text-index.ts';
import { secretPrefix, writeTransfer } from './transfer-rows.ts';
import type { WriterOperation, WriterReport, WriterRequest } from './wire.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/** Changes that one transaction takes at most: a longer one would make the first caller wait for nothing. */
const groupLimit = 512;

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const file = workerData as string;
const connection = Connection.forWriting(file);
const log = new WriteAheadLog(connection, file);
const dictionary = new Dictionary(connection, 'write');
const resourceIndex = new ResourceIndex(connection, new IndexRows(connection, dictionary));
const containedRows = new ContainedRows(connection, dictionary, resourceIndex);
const commits = new Commits(connection, dictionary, resourceIndex, containedRows);
const expiringRows = new ExpiringRows(connection);

/** Time without a request after which the writer is idle, in milliseconds. */
const idlePeriod = 100;

/** The write-ahead log holds what was purged. */
let logIsStale = false;

/** Time between two steps of the work that is done when idle: other threads need the processor too. */
const idleBreak = 10;

let idle: NodeJS.Timeout | undefined;

/** Requests that came with others after the group was full. */
let waiting: WriterRequest[] = [];

/** While one transaction is synced to the disk the messages of the next gather in the port. */
port.on('message', (message: WriterRequest[] | 'close') => {
  let last: WriterRequest[] | 'close' | undefined = message;
  while (last !== undefined && last !== 'close') {
    for (const request of last) waiting.push(request);
    last = size(waiting) < groupLimit ? next() : undefined;
    if (last === undefined) commitGroup();
  }
  while (waiting.length > 0) commitGroup();
  clearTimeout(idle);
  if (last === 'close') void end();
  else whenIdle();
});

// What a process left that ended suddenly.
if (!resourceIndex.isComplete) connection.write(() => resourceIndex.complete());
whenIdle();
port.postMessage('ready');

function commitGroup(): void {
  const group = takeGroup();
  const written = size(group);
  port?.postMessage(runGroup(group, written));
  log.keepShort(written);
}

async function end(): Promise<void> {
  await log.close();
  connection.close();
  port?.close();
}

/** Goes on with the index of committed versions while no caller waits, a little at a time. */
function whenIdle(period = idlePeriod): void {
  idle = setTimeout(() => {
    try {
      const isIndexed = indexMore();
      log.keepShort(resourcesPerStep);
      if (!isIndexed) return whenIdle(idleBreak);
      if (logIsStale) emptyLog();
      if (logIsStale) whenIdle();
    } catch {
      // Another process has the lock, or the disk is full: the next search, or idle time, tries again.
      forget(resourceIndex.defers);
    }
  }, period).unref();
}

/** Answers true when nothing is left to index. */
function indexMore(): boolean {
  if (!resourceIndex.isComplete) connection.write(() => resourceIndex.step());
  else if (hasSoughtTexts(connection)) connection.write(() => indexTexts(connection));
  return resourceIndex.isComplete && !hasSoughtTexts(connection);
}

function next(): WriterRequest[] | 'close' | undefined {
  return receiveMessageOnPort(port as NonNullable<typeof port>)?.message;
}

function size(requests: readonly WriterRequest[]): number {
  return requests.reduce((sum, [, operation]) => sum + weight(operation), 0);
}

function weight(operation: WriterOperation): number {
  if (operation.kind === 'reindex') return operation.entries.length;
  if (operation.kind === 'transfer') return operation.parts.flatMap(({ changes }) => changes).length;
  return operation.kind === 'commit' ? operation.changes.length : 1;
}

/** @param written resources that the group writes */
function runGroup(group: readonly WriterRequest[], written: number): WriterReport {
  const start = performance.now();
  const erases = group.some(([, operation]) => erasesContents(operation));
  if (erases) connection.overwriteDeleted(true);
  const report: WriterReport = { answers: [], failures: [], seconds: 0 };
  const { defers } = resourceIndex;
  try {
    report.answers = connection.write(() => {
      commits.forgetGeneration();
      const answers = group.map(([call, operation]): [number, unknown] => [call, perform(operation)]);
      resourceIndex.keepPace(written);
      return answers;
    });
  } catch (error) {
    forget(defers);
    if (group.length === 1 || isLocked(error)) {
      report.failures = group.map(([call]) => [call, messageOf(error)]);
    } else {
      performAlone(group, report);
    }
  }
  if (erases) {
    connection.overwriteDeleted(false);
    emptyLog();
  }
  report.seconds = (performance.now() - start) / 1000;
  return report;
}

/** What was there before must not be left in the files. */
function erasesContents(operation: WriterOperation): boolean {
  if (operation.kind === 'rewrite' || operation.kind === 'clean') return true;
  return operation.kind === 'commit' && operation.changes.some((change) => change.purges);
}

/** What was purged may lie in the write-ahead log until that is emptied; a long search can hold that up. */
function emptyLog(): void {
  logIsStale = !connection.truncateLog();
}

function takeGroup(): WriterRequest[] {
  let taken = 0;
  let changes = 0;
  do {
    changes += weight((waiting[taken] as WriterRequest)[1]);
    taken += 1;
  } while (taken < waiting.length && changes < groupLimit);
  const group = waiting.slice(0, taken);
  waiting = waiting.slice(taken);
  return group;
}

/** After an unexpected failure: so that the guilty operation fails and the others do not. */
function performAlone(group: readonly WriterRequest[], report: WriterReport): void {
  for (const [call, operation] of group) {
    const { defers } = resourceIndex;
    try {
      const answer = connection.write(() => {
        commits.forgetGeneration();
        return perform(operation);
      });
      report.answers.push([call, answer]);
    } catch (error) {
      forget(defers);
      report.failures.push([call, messageOf(error)]);
    }
  }
}

/** After a rollback. */
function forget(defers: boolean): void {
  dictionary.forget();
  resourceIndex.forget(defers);
}

function perform(operation: WriterOperation): unknown {
  switch (operation.kind) {
    case 'commit':
      return commits.apply(operation.tenant, operation.changes);
    case 'reindex':
      return reindexRows(connection, dictionary, resourceIndex, containedRows, operation);
    case 'transfer':
      return writeTransfer(connection, commits, operation);
    case 'parameters':
      // Values that wait for their rows are of this generation: after those of the next they would undo them.
      resourceIndex.writeAll();
      commits.forgetGeneration();
      return replaceParameters(connection, operation.expected, operation.parameters);
    case 'secret':
      return secret(operation.name);
    case 'rewrite':
      return rewriteRows(connection, dictionary, operation.batch);
    case 'clean':
      return cleanRows(connection);
    case 'indexTexts':
      return indexTexts(connection);
    case 'deferIndex':
      return resourceIndex.defer();
    case 'completeIndex':
      return resourceIndex.complete();
    case 'ping':
      return setMeta('ping', Buffer.from(new Date().toISOString()));
    default:
      return expiringRows.apply(operation);
  }
}

function secret(name: string): Buffer {
  const key = `${secretPrefix}${name}`;
  connection.run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING', [
    key,
    randomBytes(32),
  ]);
  return connection.value('SELECT value FROM meta WHERE key = ?', [key]) as Buffer;
}

function setMeta(key: string, value: Buffer): void {
  connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [key, value]);
}

function isLocked(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true;
}

/** SQLite's messages name tables and columns, never values. */
function messageOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  return code === undefined ? message : `${message} (${code})`;
}
