import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Expression } from '../../search/expression.ts';
import { searchTimeout } from '../../search/search-timeout.ts';
import { tooManyLinks } from '../../search/too-many-links.ts';
import type { Changes, ChangesPage, SearchExplanation, SearchPage, SearchQuery } from '../contract.ts';
import { workerScript } from './worker-script.ts';

export type ReaderJob =
  | { kind: 'explain'; tenant: string; query: SearchQuery }
  | { kind: 'search'; tenant: string; query: SearchQuery }
  | { kind: 'changes'; tenant: string; page: ChangesPage }
  | { kind: 'count'; tenant: string; type: string; expression: Expression; deadline: number };

/** What a thread is told: a job, and when it is to be stopped (milliseconds since 1970 UTC). */
export interface ReaderOrder {
  job: ReaderJob;
  end: number;
}

/** What a thread is told when it starts. */
export interface ReaderData {
  file: string;
  /** Resources that one search may look at beyond its references. */
  mostLinks: number;
}

export type ReaderReport = { answer: unknown } | { failure: string } | { isOver: true } | { isTooWide: true };

/** How long a search that does not stop itself is waited for beyond its end, in milliseconds. */
const grace = 1_000;

interface WaitingJob {
  job: ReaderJob;
  /** When it is given up, waiting or running: a search without end would hold up all the others. */
  end: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Worker threads for the searches that would hold up the event loop: at most `limit`, started when needed. */
export class Readers {
  readonly #data: ReaderData;
  readonly #limit: number;
  readonly #searchTime: number;
  readonly #waiting: WaitingJob[] = [];
  readonly #readers = new Set<Reader>();
  #closed = false;

  /** @param searchTime how long a search may take from its arrival, in milliseconds */
  constructor(data: ReaderData, limit: number, searchTime: number) {
    this.#data = data;
    this.#limit = limit;
    this.#searchTime = searchTime;
  }

  /**
   * @throws FhirError 503 `timeout` when the search takes longer than it may, 403 `too-costly` when it looks at more
   *   resources beyond its references
   */
  async search(tenant: string, query: SearchQuery): Promise<SearchPage> {
    const page = (await this.#run({ kind: 'search', tenant, query })) as SearchPage;
    // Another thread's buffers arrive as plain byte arrays.
    for (const match of page.matches) match.body = asBuffer(match.body);
    return page;
  }

  /** @throws FhirError as a search does */
  async explain(tenant: string, query: SearchQuery): Promise<SearchExplanation> {
    return (await this.#run({ kind: 'explain', tenant, query })) as SearchExplanation;
  }

  /** @throws FhirError as a search does */
  async changes(tenant: string, page: ChangesPage): Promise<Changes> {
    const found = (await this.#run({ kind: 'changes', tenant, page })) as Changes;
    for (const version of found.versions) version.body = asBuffer(version.body);
    return found;
  }

  async count(
    tenant: string,
    type: string,
    expression: Expression,
    budget: number,
  ): Promise<number | undefined> {
    const deadline = Date.now() + budget;
    return (await this.#run({ kind: 'count', tenant, type, expression, deadline })) as number | undefined;
  }

  /** Waits for the searches under way; those that still wait for a thread are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('The store is closed'));
    await Promise.all([...this.#readers].map((reader) => reader.close()));
  }

  #run(job: ReaderJob): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('The store is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, end: Date.now() + this.#searchTime, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const reader = [...this.#readers].find(({ idle }) => idle) ?? this.#started();
    const next = reader && this.#nextInTime();
    if (reader !== undefined && next !== undefined) reader.run(next);
  }

  #nextInTime(): WaitingJob | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.end > Date.now()) return next;
      next.reject(searchTimeout());
    }
    return undefined;
  }

  #started(): Reader | undefined {
    if (this.#readers.size >= this.#limit) return undefined;
    const reader = new Reader(this.#data, (ended) => {
      if (ended) this.#readers.delete(reader);
      if (this.#waiting.length > 0) this.#dispatch();
    });
    this.#readers.add(reader);
    return reader;
  }
}

/** One thread; it runs one search at a time. */
class Reader {
  readonly #mostLinks: number;
  readonly #worker: Worker;
  readonly #onFree: (ended: boolean) => void;
  #current: WaitingJob | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(data: ReaderData, onFree: (ended: boolean) => void) {
    this.#mostLinks = data.mostLinks;
    this.#onFree = onFree;
    this.#worker = new Worker(workerScript('reader'), { workerData: data });
    this.#worker.on('message', (report: ReaderReport) => this.#report(report));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('The reader ended')));
  }

  get idle(): boolean {
    return this.#current === undefined && !this.#ended;
  }

  run(waiting: WaitingJob): void {
    this.#current = waiting;
    const { job, end } = waiting;
    this.#timer = setTimeout(() => this.#giveUp(), end - Date.now() + grace);
    this.#worker.postMessage({ job, end } satisfies ReaderOrder);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#worker.postMessage('close');
    await once(this.#worker, 'exit');
  }

  #report(report: ReaderReport): void {
    const current = this.#take();
    if ('failure' in report) current?.reject(new Error(report.failure));
    else if ('isOver' in report) current?.reject(searchTimeout());
    else if ('isTooWide' in report) current?.reject(tooManyLinks(this.#mostLinks));
    else current?.resolve(report.answer);
    this.#onFree(false);
  }

  /** A search that does not stop itself ends with its thread, as soon as SQLite lets it. */
  #giveUp(): void {
    this.#end(searchTimeout());
    void this.#worker.terminate();
  }

  #end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#take()?.reject(reason);
    this.#onFree(true);
  }

  #take(): WaitingJob | undefined {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    return current;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
