import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { failureOf } from './failures.ts';
import type { WriterAnswers, WriterOperation, WriterReport, WriterRequest } from './wire.ts';
import { workerScript } from './worker-script.ts';

/**
 * Calls that cross together at most: the writer goes on with some while the main thread makes the next, instead of each
 * waiting for all that the other has.
 */
const batchSize = 8;

/** How often values past their end are removed, in milliseconds. */
const purgePeriod = 60_000;

interface Caller {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The one writer of this process, seen from the main thread. */
export class Writer {
  readonly #worker: Worker;
  readonly #onTransaction: (seconds: number) => void;
  readonly #purging: NodeJS.Timeout;
  readonly #callers = new Map<number, Caller>();
  #queue: WriterRequest[] = [];
  #gathers = false;
  #calls = 0;
  /** Why no more calls are taken. */
  #ended: string | undefined;

  private constructor(worker: Worker, onTransaction: (seconds: number) => void) {
    this.#worker = worker;
    this.#onTransaction = onTransaction;
    worker.on('message', (report: WriterReport) => this.#answer(report));
    worker.on('error', (error) => this.#end(`The writer failed: ${error.message}`));
    worker.on('exit', () => this.#end('The store is closed'));
    this.#purging = setInterval(
      () => this.send({ kind: 'purge' }).catch(() => undefined),
      purgePeriod,
    ).unref();
  }

  /** `onTransaction` is told the duration of every transaction, which several calls may share. */
  static async open(file: string, onTransaction: (seconds: number) => void): Promise<Writer> {
    const worker = new Worker(workerScript('writer'), { workerData: file });
    await once(worker, 'message');
    return new Writer(worker, onTransaction);
  }

  /** Resolves when the operation is on the disk. */
  send<O extends WriterOperation>(operation: O): Promise<WriterAnswers[O['kind']]> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    this.#calls += 1;
    const call = this.#calls;
    this.#queue.push([call, operation]);
    if (this.#queue.length === batchSize) this.#flush();
    else if (!this.#gathers) this.#gather();
    return new Promise<WriterAnswers[O['kind']]>((resolve, reject) => {
      this.#callers.set(call, { resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Waits for the calls under way. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#flush();
    this.#ended = 'The store is closed';
    clearInterval(this.#purging);
    this.#worker.postMessage('close');
    await once(this.#worker, 'exit');
  }

  /** Lets the calls cross when a turn of the event loop brought no more: each crossing costs, and so does each commit. */
  #gather(): void {
    this.#gathers = true;
    const calls = this.#calls;
    setImmediate(() => {
      if (this.#queue.length > 0 && this.#calls > calls) return this.#gather();
      this.#gathers = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    this.#worker.postMessage(this.#queue);
    this.#queue = [];
  }

  #answer({ answers, failures, seconds }: WriterReport): void {
    this.#onTransaction(seconds);
    for (const [call, answer] of answers) this.#caller(call)?.resolve(answer);
    for (const [call, message] of failures) this.#caller(call)?.reject(failureOf(message));
  }

  #caller(call: number): Caller | undefined {
    const caller = this.#callers.get(call);
    this.#callers.delete(call);
    return caller;
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    clearInterval(this.#purging);
    for (const { reject } of this.#callers.values()) reject(new Error(this.#ended));
    this.#callers.clear();
  }
}
