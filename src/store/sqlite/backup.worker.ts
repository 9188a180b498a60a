import { closeSync, fsyncSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { Connection } from './connection.ts';

const { source, target } = workerData as { source: string; target: string };

const connection = Connection.forReading(source);
// One read transaction: the copy is the state of one instant, whatever is written meanwhile.
connection.run('VACUUM INTO ?', [target]);
connection.close();
const copy = openSync(target, 'r+');
fsyncSync(copy);
closeSync(copy);
