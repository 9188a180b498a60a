import { parentPort, workerData } from 'node:worker_threads';
import { ChangeReader } from './changes.ts';
import { Connection } from './connection.ts';
import { Counter } from './counter.ts';
import { Dictionary } from './dictionary.ts';
import type { ReaderJob, ReaderReport } from './readers.ts';
import { Searcher } from './searcher.ts';
import { Versions } from './versions.ts';

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const connection = Connection.forReading(workerData as string);
const dictionary = new Dictionary(connection, 'read');
const counter = new Counter(connection, dictionary);
const versions = new Versions(connection, dictionary);
const searcher = new Searcher(connection, dictionary, versions);
const changeReader = new ChangeReader(connection, versions);

port.on('message', (job: ReaderJob | 'close') => {
  if (job === 'close') {
    connection.close();
    port.close();
    return;
  }
  port.postMessage(run(job));
});

function run(job: ReaderJob): ReaderReport {
  try {
    return { answer: perform(job) };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

function perform(job: ReaderJob): unknown {
  switch (job.kind) {
    case 'search':
      return searcher.search(job.tenant, job.query);
    case 'changes':
      return changeReader.changes(job.tenant, job.page);
    case 'count':
      return counter.count(job.tenant, job.type, job.expression, job.deadline);
  }
}
