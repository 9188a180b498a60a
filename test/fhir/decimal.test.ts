import fc from 'fast-check';
import { decimalValue, neighbour, significance } from '../../src/fhir/decimal.ts';
import { parseJson } from '../../src/fhir/json.ts';

describe('significance', () => {
  test.each([
    ['100', 100, 99.5, 100.5],
    ['100.00', 100, 99.995, 100.005],
    ['1e2', 100, 95, 105],
    ['1E+2', 100, 95, 105],
    ['8e-1', 0.8, 0.75, 0.85],
    ['1.0e2', 100, 95, 105],
    ['1.5e3', 1500, 1450, 1550],
    ['5.4', 5.4, 5.35, 5.45],
    ['0', 0, -0.5, 0.5],
    ['-5.4', -5.4, -5.45, -5.35],
    ['0.10', 0.1, 0.095, 0.105],
  ])('%s', (text, value, low, high) => {
    expect(significance(text)).toEqual({ value, low, high });
  });

  test.each(['', '.5', '5.', '1e', '0x10', 'NaN', 'Infinity', '1,5', '--1', '+1', '1e400', ' 1', '1 '])(
    'refuses %j',
    (text) => {
      expect(significance(text)).toBeUndefined();
    },
  );

  test('digits finer than a double keep the value in the range', () => {
    const range = significance('1.000000000000000000000000001');
    expect(range?.low).toBeLessThanOrEqual(1);
    expect(range?.high).toBeGreaterThan(1);
  });

  test('a fraction of a million digits is read', () => {
    expect(significance(`0.${'3'.repeat(1_000_000)}`)?.value).toBeCloseTo(1 / 3);
  });

  test('the range always holds the value, and half a unit on either side', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 }), (digits, places) => {
        const text = (digits / 10 ** places).toFixed(places);
        const { value, low, high } = significance(text) ?? { value: Number.NaN, low: 0, high: 0 };
        expect(value).toBe(Number(text));
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThan(value);
        expect((high - low) * 10 ** places).toBeCloseTo(1, 4);
      }),
    );
  });
});

describe('decimalValue', () => {
  test.each([
    ['1.5', 1.5],
    ['1.10', 1.1],
    ['0', 0],
    ['1.00000000000000000001', 1],
  ])('%s of a parsed resource', (text, value) => {
    expect(decimalValue(parseJson(text))).toBe(value);
  });

  test.each([[undefined], [null], ['1'], [{}], [true], [{ rawJSON: '1' }]])('%j is none', (value) => {
    expect(decimalValue(value)).toBeUndefined();
  });

  test('a number beyond the doubles has none', () => {
    expect(decimalValue(parseJson('1e999'))).toBeUndefined();
  });
});

test('a neighbour is another double, with hardly any between', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      fc.pre(Math.abs(value) < 1e308);
      const [below, above] = [neighbour(value, -1), neighbour(value, 1)];
      expect(below).toBeLessThan(value);
      expect(above).toBeGreaterThan(value);
      expect(above - below).toBeLessThanOrEqual(
        4 * Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE),
      );
    }),
  );
  expect(neighbour(Number.MAX_VALUE, 1)).toBe(Number.MAX_VALUE);
  expect(neighbour(-Number.MAX_VALUE, -1)).toBe(-Number.MAX_VALUE);
});
