import { randomBytes } from 'node:crypto';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Commits } from './commit.ts';
import { Connection } from './connection.ts';
import { Dictionary } from './dictionary.ts';
import { ExpiringRows } from './expiring-rows.ts';
import { IndexRows } from './index-rows.ts';
import { reindexRows } from './reindex-rows.ts';
import type { WriterOperation, WriterReport, WriterRequest } from './wire.ts';

/** Changes that one transaction takes at most: a longer one would make the first caller wait for nothing. */
const groupLimit = 512;

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const connection = Connection.forWriting(workerData as string);
const dictionary = new Dictionary(connection, 'write');
const indexRows = new IndexRows(connection, dictionary);
const commits = new Commits(connection, dictionary, indexRows);
const expiringRows = new ExpiringRows(connection);

/** Requests that came with others after the group was full. */
let waiting: WriterRequest[] = [];

/** While one transaction is synced to the disk the messages of the next gather in the port. */
port.on('message', (message: WriterRequest[] | 'close') => {
  let last: WriterRequest[] | 'close' | undefined = message;
  while (last !== undefined && last !== 'close') {
    for (const request of last) waiting.push(request);
    last = size(waiting) < groupLimit ? next() : undefined;
    if (last === undefined) port.postMessage(runGroup());
  }
  while (waiting.length > 0) port.postMessage(runGroup());
  if (last === 'close') {
    connection.close();
    port.close();
  }
});

port.postMessage('ready');

function next(): WriterRequest[] | 'close' | undefined {
  return receiveMessageOnPort(port as NonNullable<typeof port>)?.message;
}

function size(requests: readonly WriterRequest[]): number {
  return requests.reduce((sum, [, operation]) => sum + weight(operation), 0);
}

function weight(operation: WriterOperation): number {
  return operation.kind === 'commit' ? operation.changes.length : 1;
}

function runGroup(): WriterReport {
  const start = performance.now();
  const group = takeGroup();
  const report: WriterReport = { answers: [], failures: [], seconds: 0 };
  try {
    report.answers = connection.write(() => group.map(([call, operation]) => [call, perform(operation)]));
  } catch (error) {
    dictionary.forget();
    if (group.length === 1 || isLocked(error)) {
      report.failures = group.map(([call]) => [call, messageOf(error)]);
    } else {
      performAlone(group, report);
    }
  }
  report.seconds = (performance.now() - start) / 1000;
  return report;
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
    try {
      report.answers.push([call, connection.write(() => perform(operation))]);
    } catch (error) {
      dictionary.forget();
      report.failures.push([call, messageOf(error)]);
    }
  }
}

function perform(operation: WriterOperation): unknown {
  switch (operation.kind) {
    case 'commit':
      return commits.apply(operation.tenant, operation.changes);
    case 'reindex':
      return reindexRows(connection, dictionary, indexRows, operation);
    case 'secret':
      return secret(operation.name);
    case 'ping':
      return setMeta('ping', Buffer.from(new Date().toISOString()));
    default:
      return expiringRows.apply(operation);
  }
}

function secret(name: string): Buffer {
  const key = `secret:${name}`;
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
