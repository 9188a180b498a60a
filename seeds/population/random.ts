/** Gives numbers in [0, 1[, the same sequence for the same start. */
export type Random = () => number;

/**
 * mulberry32: 32 bits of state, a period of 2^32, plenty for one person. Not for secrets.
 */
function mulberry32(start: number): Random {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A generator of its own for each index, so that a person depends on the seed and its index alone. */
export function randomAt(seed: number, index: number): Random {
  return mulberry32(scramble(scramble(seed) ^ scramble(index + 0x9e3779b9)));
}

/** Spreads neighbouring integers over 32 bits (finaliser of MurmurHash3). */
function scramble(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** An integer of [least, most]. */
export function integerBetween(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Draws items by weight; weights are positive, of any sum. */
export class WeightedChoice<T> {
  readonly #items: readonly T[];
  readonly #upTo: readonly number[];
  readonly #total: number;

  constructor(items: readonly T[], weightOf: (item: T) => number) {
    let total = 0;
    this.#items = items;
    this.#upTo = items.map((item) => {
      total += weightOf(item);
      return total;
    });
    this.#total = total;
  }

  pick(random: Random): T {
    return this.#items[this.pickIndex(random)] as T;
  }

  pickIndex(random: Random): number {
    const point = random() * this.#total;
    let low = 0;
    let high = this.#upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#upTo[middle] ?? 0) > point) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
