import fc from 'fast-check';
import { dateRange, EARLIEST, LATEST, periodRange, timingRange } from '../../src/fhir/date.ts';

function range(low: string, high: string) {
  return { low: Date.parse(low), high: Date.parse(high) };
}

describe('dateRange', () => {
  test.each([
    ['2024', '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['2024-02', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2023-12', '2023-12-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2024-12-31', '2024-12-31T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['2024-02-05T10:30', '2024-02-05T10:30:00Z', '2024-02-05T10:31:00Z'],
    ['2024-02-05T10:30Z', '2024-02-05T10:30:00Z', '2024-02-05T10:31:00Z'],
    ['2024-02-05T10:30:15', '2024-02-05T10:30:15Z', '2024-02-05T10:30:16Z'],
    ['2024-02-05T10:30:15+02:00', '2024-02-05T08:30:15Z', '2024-02-05T08:30:16Z'],
    ['2024-01-01T00:30:00+14:00', '2023-12-31T10:30:00Z', '2023-12-31T10:30:01Z'],
    ['2024-02-05T23:30:00-03:30', '2024-02-06T03:00:00Z', '2024-02-06T03:00:01Z'],
    ['2024-02-05T10:30:15.5Z', '2024-02-05T10:30:15.500Z', '2024-02-05T10:30:15.600Z'],
    ['2024-02-05T10:30:15.123Z', '2024-02-05T10:30:15.123Z', '2024-02-05T10:30:15.124Z'],
    ['2024-02-05T10:30:15.123987Z', '2024-02-05T10:30:15.123Z', '2024-02-05T10:30:15.124Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
    ['0042-03', '0042-03-01T00:00:00Z', '0042-04-01T00:00:00Z'],
    ['9999', '9999-01-01T00:00:00Z', '+010000-01-01T00:00:00Z'],
  ])('%s', (text, low, high) => {
    expect(dateRange(text)).toEqual(range(low, high));
  });

  test.each([
    '',
    '24',
    '0000',
    '2024-13',
    '2024-00',
    '2024-1',
    '2023-02-29',
    '1900-02-29',
    '2024-04-31',
    '2024-02-00',
    '2024-02-05T24:00',
    '2024-02-05T24:00:00Z',
    '2024-02-05T10',
    '2024-02-05T10:60',
    '2024-02-05T10:30:61Z',
    '2024-02-05T10:30:00+14:01',
    '2024-02-05T10:30:00+02:60',
    '2024-02-05T10:30:00+0200',
    '2024-02-05Z',
    '2024-02-05 10:30',
    ' 2024',
    '2024\n',
    '-2024',
    '20240205',
  ])('refuses %j', (text) => {
    expect(dateRange(text)).toBeUndefined();
  });

  test('an instant is one millisecond at its time', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(dateRange(date.toISOString())).toEqual({ low: date.getTime(), high: date.getTime() + 1 });
        },
      ),
    );
  });

  test('a date less precise contains the more precise one', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const text = date.toISOString();
          const ranges = [4, 7, 10, 16, 19, 24].map((length) => dateRange(text.slice(0, length)));
          ranges.reduce((outer, inner) => {
            expect(inner?.low).toBeGreaterThanOrEqual(outer?.low ?? Number.NaN);
            expect(inner?.high).toBeLessThanOrEqual(outer?.high ?? Number.NaN);
            return inner;
          });
        },
      ),
    );
  });
});

describe('periodRange', () => {
  test('spans from the start of its start to the end of its end', () => {
    expect(periodRange({ start: '2024-02', end: '2024-03-05' })).toEqual(
      range('2024-02-01T00:00:00Z', '2024-03-06T00:00:00Z'),
    );
  });

  test('an open end reaches the latest instant and an open start the earliest', () => {
    expect(periodRange({ start: '2024' })).toEqual({ low: Date.parse('2024-01-01T00:00:00Z'), high: LATEST });
    expect(periodRange({ end: '2024' })).toEqual({ low: EARLIEST, high: Date.parse('2025-01-01T00:00:00Z') });
    expect(Number.isSafeInteger(EARLIEST) && Number.isSafeInteger(LATEST)).toBe(true);
  });

  test('start and end on the same day are that day', () => {
    expect(periodRange({ start: '2024-02-05', end: '2024-02-05' })).toEqual(dateRange('2024-02-05'));
  });

  test.each([
    [{}],
    [undefined],
    [{ start: 'x' }],
    [{ start: '2024', end: 'x' }],
    [{ start: '2025', end: '2024' }],
  ])('gives nothing for %j', (period) => {
    expect(periodRange(period)).toBeUndefined();
  });
});

describe('timingRange', () => {
  test('takes the outer limits of events and bounds', () => {
    const timing = {
      event: ['2024-03-01', '2024-01-10T10:00:00Z'],
      repeat: { boundsPeriod: { start: '2024-02-01', end: '2024-04-02' } },
    };
    expect(timingRange(timing)).toEqual(range('2024-01-10T10:00:00Z', '2024-04-03T00:00:00Z'));
  });

  test('gives nothing without an event or a period of bounds', () => {
    expect(timingRange({ repeat: { frequency: 2, period: 1, periodUnit: 'd' } })).toBeUndefined();
    expect(timingRange({ event: [null] })).toBeUndefined();
  });
});
