/** No concepts. */
export const noLinks: readonly number[] = [];

/** For each concept the numbers of others, one after the other in one array. */
export class ConceptLinks {
  readonly #starts: Uint32Array;
  readonly #targets: Uint32Array;

  /** @param from which of the two of a pair the links start from */
  constructor(size: number, pairs: readonly [number, number][], from: 0 | 1, to: 0 | 1) {
    this.#starts = new Uint32Array(size + 1);
    for (const pair of pairs) this.#starts[pair[from] + 1] = (this.#starts[pair[from] + 1] as number) + 1;
    for (let one = 0; one < size; one++) {
      this.#starts[one + 1] = (this.#starts[one + 1] as number) + (this.#starts[one] as number);
    }
    this.#targets = new Uint32Array(pairs.length);
    const next = this.#starts.slice();
    for (const pair of pairs) {
      const place = next[pair[from]] as number;
      this.#targets[place] = pair[to];
      next[pair[from]] = place + 1;
    }
  }

  of(concept: number): readonly number[] {
    const [start, end] = [this.#starts[concept] as number, this.#starts[concept + 1] as number];
    return start === end ? noLinks : [...this.#targets.subarray(start, end)];
  }
}
