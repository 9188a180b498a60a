import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Connection } from './connection.ts';
import { workerScript } from './worker-script.ts';

/** Pages of the log that wait for their place in the file before they are brought there. */
const longLog = 10_000;

/** Pages of the log after which commits wait for the thread that brings them: they may come faster than the disk writes. */
const longestLog = 20_000;

/** How long they wait each time at most, in milliseconds. */
const threadPatience = 1000;

/** Written resources after which the log is looked at again: that takes its locks. */
const lookPeriod = 256;

/** As many resources of a common size lengthen the log by what each transaction adds to it. */
const transactionWeight = 15;

/** What the thread is given. */
export interface CheckpointThread {
  /** Path of the database. */
  file: string;
  /** One number that both threads see: how many checkpoints are done. */
  done: Int32Array<SharedArrayBuffer>;
}

/**
 * Brings the write-ahead log into the file, on a thread of its own that is there only while much is written: the commits
 * of callers go on meanwhile. They lengthen the log, which starts anew only when all of it is in the file and no search
 * reads from it, so that the writer itself brings the short rest, at a moment without one.
 */
export class WriteAheadLog {
  readonly #connection: Connection;
  readonly #file: string;
  readonly #done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #thread: Worker | undefined;
  #state: 'short' | 'checkpointing' | 'rest' = 'short';
  #written = 0;
  #asked = 0;

  constructor(connection: Connection, file: string) {
    this.#connection = connection;
    this.#file = file;
  }

  /**
   * To be called between two transactions.
   * @param written resources that the last one wrote
   */
  keepShort(written: number): void {
    this.#written += written + transactionWeight;
    const isDone = this.#state === 'checkpointing' && Atomics.load(this.#done, 0) === this.#asked;
    if (isDone) this.#state = 'rest';
    if (!isDone && this.#written < lookPeriod) return;
    this.#written = 0;
    if (this.#state === 'rest') {
      if (this.#connection.restartLog()) this.#state = 'short';
      return;
    }
    const { total, waiting } = this.#connection.logLength();
    if (this.#state === 'short' && waiting >= longLog) this.#checkpoint();
    if (this.#state === 'checkpointing' && total >= longestLog) {
      Atomics.wait(this.#done, 0, this.#asked - 1, threadPatience);
    }
  }

  /** Resolves when the thread has closed its connection. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    thread.postMessage('close');
    await once(thread, 'exit');
  }

  #checkpoint(): void {
    this.#state = 'checkpointing';
    this.#asked = Atomics.load(this.#done, 0) + 1;
    this.#thread ??= this.#start();
    this.#thread.postMessage('checkpoint');
  }

  #start(): Worker {
    const workerData: CheckpointThread = { file: this.#file, done: this.#done };
    const thread = new Worker(workerScript('checkpoint'), { workerData });
    // Without it SQLite brings a log of a few times this length into the file when it commits.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#state = 'short';
    });
    return thread;
  }
}
