import { parentPort, workerData } from 'node:worker_threads';
import { ChangeReader } from './changes.ts';
import { Connection, TimeIsOver, TooManyLinks } from './connection.ts';
import { Counter } from './counter.ts';
import { Dictionary } from './dictionary.ts';
import { explainSearch } from './explain.ts';
import type { ReaderData, ReaderJob, ReaderOrder, ReaderReport } from './readers.ts';
import { Searcher } from './searcher.ts';
import { Versions } from './versions.ts';

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const { file, mostLinks } = workerData as ReaderData;
const connection = Connection.forReading(file, mostLinks);
const dictionary = new Dictionary(connection, 'read');
const counter = new Counter(connection, dictionary);
const versions = new Versions(connection, dictionary);
const searcher = new Searcher(connection, dictionary, versions);
const changeReader = new ChangeReader(connection, versions);

port.on('message', (order: ReaderOrder | 'close') => {
  if (order === 'close') {
    connection.close();
    port.close();
    return;
  }
  port.postMessage(run(order));
});

function run({ job, end }: ReaderOrder): ReaderReport {
  try {
    return { answer: connection.until(end, () => perform(job)) };
  } catch (error) {
    if (error instanceof TimeIsOver) return { isOver: true };
    if (error instanceof TooManyLinks) return { isTooWide: true };
    return { failure: (error as Error).message };
  }
}

function perform(job: ReaderJob): unknown {
  switch (job.kind) {
    case 'explain':
      return explainSearch(connection, searcher, job.tenant, job.query);
    case 'search':
      return searcher.search(job.tenant, job.query);
    case 'changes':
      return changeReader.changes(job.tenant, job.page);
    case 'count':
      return counter.count(job.tenant, job.type, job.expression, job.deadline);
  }
}
