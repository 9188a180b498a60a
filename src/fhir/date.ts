/** A half-open interval of milliseconds since 1970 UTC: `low` included, `high` excluded. */
export interface DateRange {
  low: number;
  high: number;
}

/** Bound of a period without a start: the smallest instant of a JavaScript Date, a safe integer. */
export const EARLIEST = -8_640_000_000_000_000;

/** Bound of a period without an end: the largest instant of a JavaScript Date, a safe integer. */
export const LATEST = 8_640_000_000_000_000;

const LEXICAL =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const YEARS_400 = 146_097 * 24 * 60 * MINUTE;

/**
 * The interval that a FHIR date, dateTime or instant stands for, as wide as its precision: `2024-02` is the
 * whole month. A time without zone is read as UTC, the zone of this server; seconds may be left out, as in
 * search values (search.html#date). `undefined` when the text is no date of the calendar (`24:00` neither).
 */
export function dateRange(text: string): DateRange | undefined {
  const match = LEXICAL.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, yearText, monthText, dayText, hourText, minuteText, secondText, fraction, zone] = match;
  const year = Number(yearText);
  if (year === 0) {
    return undefined;
  }
  if (monthText === undefined) {
    return { low: midnight(year, 1, 1), high: midnight(year + 1, 1, 1) };
  }
  const month = Number(monthText);
  if (month < 1 || month > 12) {
    return undefined;
  }
  if (dayText === undefined) {
    return { low: midnight(year, month, 1), high: midnight(year, month + 1, 1) };
  }
  const day = Number(dayText);
  if (day < 1 || day > daysInMonth(year, month)) {
    return undefined;
  }
  if (hourText === undefined) {
    return { low: midnight(year, month, day), high: midnight(year, month, day + 1) };
  }
  const offset = zoneOffset(zone);
  const time = timeOfDay(Number(hourText), Number(minuteText), secondText, fraction);
  if (offset === undefined || time === undefined) {
    return undefined;
  }
  const low = midnight(year, month, day) + time.start - offset;
  return { low, high: low + time.length };
}

/**
 * The interval of a FHIR Period; a missing bound is `EARLIEST` or `LATEST`. `undefined` when it has neither
 * bound, when a bound is no date or when it ends before it starts.
 */
export function periodRange(period: unknown): DateRange | undefined {
  const { start, end } = (period ?? {}) as { start?: unknown; end?: unknown };
  if (typeof start !== 'string' && typeof end !== 'string') {
    return undefined;
  }
  const first = typeof start === 'string' ? dateRange(start) : { low: EARLIEST };
  const last = typeof end === 'string' ? dateRange(end) : { high: LATEST };
  if (first === undefined || last === undefined || first.low >= last.high) {
    return undefined;
  }
  return { low: first.low, high: last.high };
}

/**
 * The outer limits of a FHIR Timing: its events and the bounds of its repetition. What happens in between does
 * not count (search.html#date).
 */
export function timingRange(timing: unknown): DateRange | undefined {
  const { event, repeat } = (timing ?? {}) as { event?: unknown; repeat?: { boundsPeriod?: unknown } };
  const ranges = (Array.isArray(event) ? event : []).map((instant) =>
    typeof instant === 'string' ? dateRange(instant) : undefined,
  );
  const known = [...ranges, periodRange(repeat?.boundsPeriod)].filter((range) => range !== undefined);
  if (known.length === 0) {
    return undefined;
  }
  return {
    low: Math.min(...known.map((range) => range.low)),
    high: Math.max(...known.map((range) => range.high)),
  };
}

/** Months beyond December run into the next year. Date.UTC reads years below 100 as 19xx, hence the shift. */
function midnight(year: number, month: number, day: number): number {
  return Date.UTC(year + 400, month - 1, day) - YEARS_400;
}

function daysInMonth(year: number, month: number): number {
  return new Date(midnight(year, month + 1, 0)).getUTCDate();
}

/** Milliseconds since midnight and the length of the precision; second 60 is a leap second. */
function timeOfDay(
  hour: number,
  minute: number,
  secondText: string | undefined,
  fraction: string | undefined,
): { start: number; length: number } | undefined {
  const second = Number(secondText ?? 0);
  if (hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  const start = (hour * 60 + minute) * MINUTE + second * SECOND;
  if (secondText === undefined) {
    return { start, length: MINUTE };
  }
  if (fraction === undefined) {
    return { start, length: SECOND };
  }
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { start: start + milliseconds, length: 10 ** Math.max(0, 3 - fraction.length) };
}

function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') {
    return 0;
  }
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) {
    return undefined;
  }
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}
