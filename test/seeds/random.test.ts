import { integerBetween, randomAt, WeightedChoice } from '../../seeds/population/random.ts';

describe('randomAt', () => {
  test('gives numbers of [0, 1[, evenly spread', () => {
    const random = randomAt(1, 1);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw++) {
      const value = random();
      expect(value >= 0 && value < 1).toBe(true);
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  test('neighbouring indexes and seeds start elsewhere', () => {
    const starts = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      for (let index = 0; index < 30; index++) starts.add(randomAt(seed, index)());
    }
    expect(starts.size).toBe(900);
  });
});

test('integerBetween reaches both ends and nothing beyond', () => {
  const random = randomAt(5, 5);
  const drawn = new Set(Array.from({ length: 500 }, () => integerBetween(random, 3, 6)));
  expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
});

describe('WeightedChoice', () => {
  test('picks in proportion to the weights', () => {
    const choice = new WeightedChoice(['a', 'b', 'c'], (item) => ({ a: 1, b: 2, c: 7 })[item] ?? 0);
    const random = randomAt(2, 9);
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let draw = 0; draw < 10_000; draw++) {
      const item = choice.pick(random);
      counts[item] = (counts[item] ?? 0) + 1;
    }
    expect(Math.abs((counts['a'] ?? 0) - 1_000)).toBeLessThan(150);
    expect(Math.abs((counts['b'] ?? 0) - 2_000)).toBeLessThan(200);
    expect(Math.abs((counts['c'] ?? 0) - 7_000)).toBeLessThan(250);
  });

  test('takes the first and the last at the ends of the range', () => {
    const choice = new WeightedChoice(['first', 'middle', 'last'], () => 1);
    expect(choice.pick(() => 0)).toBe('first');
    expect(choice.pick(() => 0.999999)).toBe('last');
    expect(choice.pick(() => 1 / 3)).toBe('middle');
  });
});
