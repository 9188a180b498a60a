import { type DateRange, dateRange, periodRange, timingRange } from '../../fhir/date.ts';
import type { Writer, Writers } from './writer.ts';

const primitive = writer((value) => dateRange(String(value)));

/** Date values (search.html#date). */
export const dateWriters: Writers = {
  date: primitive,
  dateTime: primitive,
  instant: primitive,
  Period: writer(periodRange),
  Timing: writer(timingRange),
};

function writer(rangeOf: (value: unknown) => DateRange | undefined): Writer {
  return ({ code }) =>
    (value, { values }) => {
      const range = rangeOf(value);
      if (range !== undefined) {
        values.date.push({ parameter: code, low: range.low, high: range.high });
      }
    };
}
