import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection.ts';

/** Time without a checkpoint after which the thread ends, in milliseconds. */
const idlePeriod = 30_000;

const port = parentPort;
if (port === null) throw new Error('This module is the script of a worker thread');

const connection = Connection.forWriting(workerData as string);
let idle = setTimeout(end, idlePeriod);

port.on('message', (message: 'checkpoint' | 'close') => {
  clearTimeout(idle);
  if (message === 'close') return end();
  connection.checkpointLog();
  port.postMessage('done');
  idle = setTimeout(end, idlePeriod);
});

function end(): void {
  connection.close();
  port?.close();
}
