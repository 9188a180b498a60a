import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection.ts';
import type { CheckpointThread } from './write-ahead-log.ts';

/** Time without a checkpoint after which the thread ends, in milliseconds. */
const idlePeriod = 30_000;

/**
 * How often a checkpoint goes on with what came while it was at work: SQLite syncs the file only where it has reached
 * the end of the log, and otherwise the writer would wait for all of it.
 */
const mostPasses = 4;

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const { file, done } = workerData as CheckpointThread;
const connection = Connection.forWriting(file);
let idle = setTimeout(end, idlePeriod);

port.on('message', (message: 'checkpoint' | 'close') => {
  clearTimeout(idle);
  if (message === 'close') return end();
  let passes = 0;
  do {
    connection.checkpointLog();
    passes += 1;
  } while (passes < mostPasses && connection.logLength().waiting > 0);
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
  idle = setTimeout(end, idlePeriod);
});

function end(): void {
  connection.close();
  port?.close();
}
