import fc from 'fast-check';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { finds, now } from '../support/search.ts';

/**
 * FHIR R4 search.html#prefix: the searched range is the month of February 2024, each column another date.
 * overlaps: begins in January and ends in February; exceeds: begins in February and ends in March.
 */
const dates = {
  before: { effectiveDateTime: '2024-01-31' },
  overlaps: { effectivePeriod: { start: '2024-01-20', end: '2024-02-10' } },
  within: { effectiveDateTime: '2024-02-15T10:00:00Z' },
  same: { effectiveDateTime: '2024-02' },
  exceeds: { effectivePeriod: { start: '2024-02-20', end: '2024-03-10' } },
  around: { effectiveDateTime: '2024' },
  after: { effectiveDateTime: '2024-03-01T00:00:00Z' },
  openEnd: { effectivePeriod: { start: '2024-02-10' } },
  openStart: { effectivePeriod: { end: '2024-02-10' } },
};

const dateTable: [string, (keyof typeof dates)[]][] = [
  ['', ['within', 'same']],
  ['eq', ['within', 'same']],
  ['ne', ['before', 'overlaps', 'exceeds', 'around', 'after', 'openEnd', 'openStart']],
  ['gt', ['exceeds', 'around', 'after', 'openEnd']],
  ['lt', ['before', 'overlaps', 'around', 'openStart']],
  ['ge', ['within', 'same', 'exceeds', 'around', 'after', 'openEnd']],
  ['le', ['before', 'overlaps', 'within', 'same', 'around', 'openStart']],
  ['sa', ['after']],
  ['eb', ['before']],
];

test.each(dateTable)('date=%s2024-02', (prefix, expected) => {
  const found = Object.entries(dates).flatMap(([name, effective]) =>
    finds(`Observation?date=${prefix}2024-02`, { resourceType: 'Observation', ...effective }) ? [name] : [],
  );
  expect(found).toEqual(Object.keys(dates).filter((name) => expected.includes(name as keyof typeof dates)));
});

describe('date=ap widens by a tenth of the gap to the present', () => {
  const on = (effectiveDateTime: string): Resource => ({ resourceType: 'Observation', effectiveDateTime });

  test('1,000 days ago means 100 days on either side', () => {
    const day = 24 * 60 * 60 * 1000;
    const daysAgo = (days: number) => new Date(now - days * day).toISOString().slice(0, 10);
    const url = `Observation?date=ap${daysAgo(1_000)}`;
    expect(finds(url, on(daysAgo(1_000)))).toBe(true);
    expect(finds(url, on(daysAgo(1_098)))).toBe(true);
    expect(finds(url, on(daysAgo(902)))).toBe(true);
    expect(finds(url, on(daysAgo(1_102)))).toBe(false);
    expect(finds(url, on(daysAgo(898)))).toBe(false);
  });

  test('a date to come widens as well, and the present does not', () => {
    expect(finds('Observation?date=ap2034-01-01', on('2033-03-01'))).toBe(true);
    expect(finds('Observation?date=ap2034-01-01', on('2032-03-01'))).toBe(false);
    expect(finds('Observation?date=ap2024', on('2024-12-31'))).toBe(true);
    expect(finds('Observation?date=ap2024', on('2025-01-01'))).toBe(false);
  });
});

describe('_lastUpdated is one instant', () => {
  const instants = {
    before: '2024-01-31T23:59:59.999Z',
    first: '2024-02-01T00:00:00.000Z',
    last: '2024-02-29T23:59:59.999Z',
    after: '2024-03-01T00:00:00.000Z',
  };
  const table: [string, (keyof typeof instants)[]][] = [
    ['', ['first', 'last']],
    ['eq', ['first', 'last']],
    ['ne', ['before', 'after']],
    ['gt', ['after']],
    ['sa', ['after']],
    ['lt', ['before']],
    ['eb', ['before']],
    ['ge', ['first', 'last', 'after']],
    ['le', ['before', 'first', 'last']],
  ];

  test.each(table)('_lastUpdated=%s2024-02', (prefix, expected) => {
    const found = Object.entries(instants).flatMap(([name, lastUpdated]) =>
      finds(`Basic?_lastUpdated=${prefix}2024-02`, { resourceType: 'Basic', meta: { lastUpdated } })
        ? [name]
        : [],
    );
    expect(found).toEqual(expected);
  });
});

/** FHIR R4 search.html#number: 100 searched among numbers and a range. */
const probabilities = {
  far: { probabilityDecimal: 99 },
  below: { probabilityDecimal: parseJson('99.50') },
  exact: { probabilityDecimal: 100 },
  near: { probabilityDecimal: 100.4 },
  above: { probabilityDecimal: parseJson('100.5') },
  far10: { probabilityDecimal: 111 },
  around: { probabilityRange: { low: { value: 90 }, high: { value: 110 } } },
  upTo: { probabilityRange: { high: { value: 100 } } },
};

const numberTable: [string, (keyof typeof probabilities)[]][] = [
  ['100', ['below', 'exact', 'near']],
  ['eq100', ['below', 'exact', 'near']],
  ['ne100', ['far', 'above', 'far10', 'around', 'upTo']],
  ['100.00', ['exact']],
  ['1e2', ['far', 'below', 'exact', 'near', 'above']],
  ['gt100', ['near', 'above', 'far10', 'around']],
  ['lt100', ['far', 'below', 'around', 'upTo']],
  ['ge100', ['exact', 'near', 'above', 'far10', 'around', 'upTo']],
  ['le100', ['far', 'below', 'exact', 'around', 'upTo']],
  ['sa100', ['near', 'above', 'far10']],
  ['eb100', ['far', 'below']],
  ['ap100', ['far', 'below', 'exact', 'near', 'above', 'around', 'upTo']],
];

test.each(numberTable)('probability=%s', (value, expected) => {
  const found = Object.entries(probabilities).flatMap(([name, prediction]) =>
    finds(`RiskAssessment?probability=${value}`, { resourceType: 'RiskAssessment', prediction: [prediction] })
      ? [name]
      : [],
  );
  expect(found).toEqual(
    Object.keys(probabilities).filter((name) => expected.includes(name as keyof typeof probabilities)),
  );
});

test('ap of zero takes its significant digits', () => {
  const risk = (probabilityDecimal: number): Resource => ({
    resourceType: 'RiskAssessment',
    prediction: [{ probabilityDecimal }],
  });
  expect(finds('RiskAssessment?probability=ap0', risk(0.3))).toBe(true);
  expect(finds('RiskAssessment?probability=ap0', risk(0.6))).toBe(false);
});

describe('quantity', () => {
  const ucum = 'http://unitsofmeasure.org';
  const observation = (valueQuantity: object): Resource => ({ resourceType: 'Observation', valueQuantity });
  const milligrams = observation({ value: 5.4, unit: 'milligram', system: ucum, code: 'mg' });

  test.each([
    ['5.4', true],
    ['5.40', true],
    ['5', true],
    ['6', false],
    [`5.4|${ucum}|mg`, true],
    [`5.4|${ucum}|`, true],
    [`5.4|${ucum}|g`, false],
    ['5.4|http://other.test|mg', false],
    ['5.4||mg', true],
    ['5.4||milligram', true],
    [`5.4|${ucum}|milligram`, false],
    ['5.4||g', false],
    ['gt5.4||mg', false],
    ['ge5.4||mg', true],
    ['lt5.41||mg', true],
    ['ne5.4||mg', false],
    ['ne6||mg', true],
    ['ne6||g', false],
    ['ap5||mg', true],
    ['ap4.8||mg', false],
  ])('value-quantity=%s: %s', (value, expected) => {
    expect(finds(`Observation?value-quantity=${encodeURIComponent(value)}`, milligrams)).toBe(expected);
  });

  test('a unit of UCUM with a sign that is escaped', () => {
    expect(finds('Observation?value-quantity=5||a%5C%7Cb', observation({ value: 5, unit: 'a|b' }))).toBe(
      true,
    );
  });

  /** All that a value stands for, told by points a twentieth apart, and what a prefix asks of them. */
  const points = Array.from({ length: 2000 }, (_, n) => n / 20 - 50);
  const stands: Record<string, (point: number, value: number) => boolean> = {
    '': (point, value) => point === value,
    '<': (point, value) => point < value,
    '<=': (point, value) => point <= value,
    '>=': (point, value) => point >= value,
    '>': (point, value) => point > value,
  };
  const within = (point: number, asked: number) => point >= asked - 0.5 && point < asked + 0.5;
  const near = (point: number, asked: number) => {
    const margin = Math.max(Math.abs(asked) / 10, 0.5);
    return Math.abs(point - asked) <= margin;
  };
  const asks: Record<string, (own: number[], asked: number) => boolean> = {
    '': (own, asked) => own.every((point) => within(point, asked)),
    ne: (own, asked) => !own.every((point) => within(point, asked)),
    gt: (own, asked) => own.some((point) => point > asked),
    lt: (own, asked) => own.some((point) => point < asked),
    ge: (own, asked) => own.some((point) => point >= asked),
    le: (own, asked) => own.some((point) => point <= asked),
    sa: (own, asked) => own.every((point) => point > asked),
    eb: (own, asked) => own.every((point) => point < asked),
    ap: (own, asked) => own.some((point) => near(point, asked)),
  };
  const units: Record<string, (asked: number) => string> = {
    'any unit': (asked) => `${asked}`,
    'the own unit': (asked) => `${asked}|${ucum}|mg`,
    'another unit': (asked) =>
      `${asked < 0 ? '-' : ''}0.${String(Math.abs(asked)).padStart(3, '0')}|${ucum}|g`,
  };

  test.each(Object.keys(stands))(
    'a value with the comparator "%s" is all that it stands for',
    (comparator) => {
      const whole = fc.integer({ min: -12, max: 12 });
      const search = fc.tuple(
        whole,
        whole,
        fc.constantFrom(...Object.keys(asks)),
        fc.constantFrom(...Object.keys(units)),
      );
      fc.assert(
        fc.property(search, ([value, asked, prefix, unit]) => {
          const own = points.filter((point) => stands[comparator]?.(point, value));
          const stored = { value, ...(comparator === '' ? {} : { comparator }), system: ucum, code: 'mg' };
          const text = encodeURIComponent(`${prefix}${units[unit]?.(asked)}`);
          expect(finds(`Observation?value-quantity=${text}`, observation(stored))).toBe(
            asks[prefix]?.(own, asked),
          );
        }),
        { numRuns: 400 },
      );
    },
  );
});
