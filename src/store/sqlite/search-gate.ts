import type { Writer } from './writer.ts';

/**
 * Lets the index rows of commits wait while nobody searches, and no search run before they are there: see
 * `ResourceIndex`.
 */
export class SearchGate {
  readonly #writer: Writer;
  readonly #quietPeriod: number;
  #defers = false;
  #completing: Promise<void> | undefined;
  #running = 0;
  #lastSearch = performance.now();

  /** @param quietPeriod milliseconds without a search after which index rows may wait */
  constructor(writer: Writer, quietPeriod: number) {
    this.#writer = writer;
    this.#quietPeriod = quietPeriod;
  }

  /** To be called before each commit is sent. */
  beforeCommit(): void {
    if (this.#defers || this.#running > 0 || performance.now() - this.#lastSearch < this.#quietPeriod) return;
    this.#defers = true;
    this.#writer.send({ kind: 'deferIndex' }).catch(() => undefined);
  }

  /** Runs a search when the index rows of all earlier commits are there; those of later ones come with them. */
  search<T>(work: () => T | Promise<T>): T | Promise<T> {
    if (!this.#defers) return this.#run(work);
    this.#completing ??= this.#complete();
    return this.#completing.then(() => this.#run(work));
  }

  async #complete(): Promise<void> {
    try {
      await this.#writer.send({ kind: 'completeIndex' });
      this.#lastSearch = performance.now();
      this.#defers = false;
    } finally {
      this.#completing = undefined;
    }
  }

  #run<T>(work: () => T | Promise<T>): T | Promise<T> {
    this.#lastSearch = performance.now();
    const result = work();
    if (!(result instanceof Promise)) return result;
    this.#running += 1;
    return result.finally(() => {
      this.#running -= 1;
      this.#lastSearch = performance.now();
    });
  }
}
