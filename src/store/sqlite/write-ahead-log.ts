import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Connection } from './connection.ts';
import { workerScript } from './worker-script.ts';

/** Pages of the log that wait for their place in the file before they are brought there. */
const longLog = 10_000;

/** Transactions after which it is looked at again: that takes the locks of the log. */
const lookPeriod = 16;

/**
 * Brings the write-ahead log into the file, on a thread of its own that is there only while much is written: the commits
 * of callers go on meanwhile. They lengthen the log, which starts anew only when all of it is in the file and no search
 * reads from it, so that the writer itself brings the short rest, at a moment without one.
 */
export class WriteAheadLog {
  readonly #connection: Connection;
  readonly #file: string;
  #thread: Worker | undefined;
  #state: 'short' | 'checkpointing' | 'rest' = 'short';
  #transactions = 0;

  constructor(connection: Connection, file: string) {
    this.#connection = connection;
    this.#file = file;
  }

  /** To be called between two transactions. */
  keepShort(): void {
    this.#transactions += 1;
    if (this.#transactions % lookPeriod !== 0) return;
    if (this.#state === 'rest') {
      if (this.#connection.restartLog()) this.#state = 'short';
    } else if (this.#state === 'short' && this.#connection.logLength() >= longLog) {
      this.#state = 'checkpointing';
      this.#thread ??= this.#start();
      this.#thread.postMessage('checkpoint');
    }
  }

  /** Resolves when the thread has closed its connection. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    thread.postMessage('close');
    await once(thread, 'exit');
  }

  #start(): Worker {
    const thread = new Worker(workerScript('checkpoint'), { workerData: this.#file });
    thread.on('message', () => {
      this.#state = 'rest';
      this.#transactions = -1;
    });
    // Without it SQLite brings a log of a few times this length into the file when it commits.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#state = 'short';
    });
    return thread;
  }
}
