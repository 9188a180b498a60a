/** Numbers from 0 to below 1. */
export type Random = () => number;

/** The random numbers of a place, the same in every run (mulberry32). */
export function randomAt(place: number): Random {
  let state = Math.imul(place + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
