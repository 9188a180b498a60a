/** A date, date with time, or time of day, as precise as it was written (FHIRPath N1, Date, DateTime and Time). */
export interface Temporal {
  type: 'Date' | 'DateTime' | 'Time';
  text: string;
  /** From the year down, from the hour down on a Time; seconds with their fraction. */
  parts: readonly number[];
  /** Minutes east of UTC, on a DateTime that says so. */
  zone?: number;
}

const LEXICAL =
  /^(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(T)?(?:(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads a FHIR date, dateTime, instant or time, or a literal of FHIRPath without its `@`; `undefined` for anything
 * else and where a part is out of its range.
 */
export function temporal(text: string): Temporal | undefined {
  const match = LEXICAL.exec(text);
  if (match === null || text === '') return undefined;
  const [, year, month, day, mark, hour, minute, second, zone] = match;
  if (year !== undefined && hour !== undefined && (mark === undefined || day === undefined)) return undefined;
  const parts: number[] = [];
  for (const part of [year, month, day, hour, minute, second]) {
    if (part !== undefined) parts.push(Number(part));
  }
  if (year === undefined) {
    return hour !== undefined && isTime(parts) ? { type: 'Time', text, parts } : undefined;
  }
  if (!isDate(parts) || !isTime(parts.slice(3))) return undefined;
  const type = mark === undefined ? 'Date' : 'DateTime';
  return zone === undefined ? { type, text, parts } : { type, text, parts, zone: zoneMinutes(zone) };
}

function isDate([year = 1, month = 1, day = 1]: readonly number[]): boolean {
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
}

function isTime([hour = 0, minute = 0, second = 0]: readonly number[]): boolean {
  return hour < 24 && minute < 60 && second < 61;
}

function daysOfMonth(year: number, month: number): number {
  return new Date(utc(year, month, 0)).getUTCDate();
}

/** Date.UTC reads years below 100 as 19xx, hence the shift by 400 years, which have a whole number of weeks. */
function utc(year: number, month: number, day: number, hour = 0, minute = 0): number {
  return Date.UTC(year + 400, month, day, hour, minute) - 146_097 * 86_400_000;
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/**
 * -1, 0 or 1; `undefined` where the less precise one does not decide, and between a time and a date. A time without zone
 * is in UTC, the zone of this server.
 */
export function compareTemporals(left: Temporal, right: Temporal): number | undefined {
  if ((left.type === 'Time') !== (right.type === 'Time')) return undefined;
  const [first, second] = inOneZone(left, right);
  const common = Math.min(first.length, second.length);
  for (let index = 0; index < common; index++) {
    const difference = (first[index] as number) - (second[index] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return first.length === second.length ? 0 : undefined;
}

/** The same text for temporals that are equal. */
export function temporalKey(value: Temporal): string {
  return (value.zone ?? 0) === 0 ? value.parts.join(' ') : inUtc(value).join(' ');
}

function inOneZone(left: Temporal, right: Temporal): [readonly number[], readonly number[]] {
  const isSame = (left.zone ?? 0) === (right.zone ?? 0) || left.parts.length < 4 || right.parts.length < 4;
  return isSame ? [left.parts, right.parts] : [inUtc(left), inUtc(right)];
}

function inUtc({ parts, zone = 0 }: Temporal): number[] {
  if (parts.length < 4) return [...parts];
  const [year = 1, month = 1, day = 1, hour = 0, minute = 0] = parts;
  const date = new Date(utc(year, month - 1, day, hour, minute - zone));
  const moved = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
  ];
  // A zone of whole hours leaves the precision of an hour as it is.
  return [...moved.slice(0, Math.min(parts.length, 5)), ...parts.slice(5)];
}

/** Milliseconds of the units that have a fixed length, and months of the others. */
const units: Readonly<Record<string, { milliseconds: number } | { months: number }>> = {
  year: { months: 12 },
  month: { months: 1 },
  week: { milliseconds: 604_800_000 },
  day: { milliseconds: 86_400_000 },
  hour: { milliseconds: 3_600_000 },
  minute: { milliseconds: 60_000 },
  second: { milliseconds: 1_000 },
  millisecond: { milliseconds: 1 },
  a: { months: 12 },
  mo: { months: 1 },
  wk: { milliseconds: 604_800_000 },
  d: { milliseconds: 86_400_000 },
  h: { milliseconds: 3_600_000 },
  min: { milliseconds: 60_000 },
  s: { milliseconds: 1_000 },
  ms: { milliseconds: 1 },
};

/** Milliseconds in one step of each part from the day down. */
const partLength = [Number.NaN, Number.NaN, 86_400_000, 3_600_000, 60_000, 1];

/**
 * A temporal moved by a time-valued quantity, its precision kept (FHIRPath N1, date/time arithmetic); the last day
 * of the month where the day does not exist. `undefined` for another unit and beyond the years 1 to 9999.
 */
export function shifted(value: Temporal, amount: number, unit: string): Temporal | undefined {
  const length = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (length === undefined) return undefined;
  if (value.type === 'Time') {
    return 'milliseconds' in length ? shiftedTime(value, amount * length.milliseconds) : undefined;
  }
  const months = wholeMonths(value, amount, length);
  return months === undefined
    ? movedByMilliseconds(value, amount * (length as { milliseconds: number }).milliseconds)
    : movedByMonths(value, months);
}

/** A precision of years or months moves by whole ones of 12 months and 30 days. */
function wholeMonths(
  { parts }: Temporal,
  amount: number,
  length: { milliseconds: number } | { months: number },
): number | undefined {
  const precision = parts.length === 1 ? 12 : 1;
  if ('months' in length) return Math.trunc((Math.trunc(amount) * length.months) / precision) * precision;
  if (parts.length > 2) return undefined;
  const days = Math.trunc((amount * length.milliseconds) / 86_400_000);
  return parts.length === 1 ? Math.trunc(days / 365) * 12 : Math.trunc(days / 30);
}

function movedByMonths(value: Temporal, months: number): Temporal | undefined {
  const [year = 1, month = 1, day] = value.parts;
  const total = year * 12 + (month - 1) + months;
  const newYear = Math.floor(total / 12);
  const newMonth = (total % 12) + 1;
  if (!(newYear >= 1 && newYear <= 9999)) return undefined;
  const newDay = day === undefined ? [] : [Math.min(day, daysOfMonth(newYear, newMonth))];
  return written(value, [newYear, newMonth, ...newDay, ...value.parts.slice(3)].slice(0, value.parts.length));
}

function movedByMilliseconds(value: Temporal, milliseconds: number): Temporal | undefined {
  const { parts } = value;
  const step = partLength[parts.length - 1] as number;
  const [year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const moved =
    utc(year, month - 1, day, hour, minute) + Math.round(second * 1000) + truncated(milliseconds, step);
  const date = new Date(moved);
  const newYear = date.getUTCFullYear();
  if (!(newYear >= 1 && newYear <= 9999)) return undefined;
  const seconds = date.getUTCSeconds() + date.getUTCMilliseconds() / 1000;
  const all = [
    newYear,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    seconds,
  ];
  return written(value, all.slice(0, parts.length));
}

function shiftedTime(value: Temporal, milliseconds: number): Temporal {
  const step = partLength[value.parts.length + 2] as number;
  const [hour = 0, minute = 0, second = 0] = value.parts;
  const day = 86_400_000;
  const sum = hour * 3_600_000 + minute * 60_000 + Math.round(second * 1000) + truncated(milliseconds, step);
  const moved = ((sum % day) + day) % day;
  const parts = [Math.floor(moved / 3_600_000), Math.floor(moved / 60_000) % 60, (moved % 60_000) / 1000];
  return written(value, parts.slice(0, value.parts.length));
}

function truncated(milliseconds: number, step: number): number {
  return Math.trunc(milliseconds / step) * step;
}

function written(like: Temporal, parts: readonly number[]): Temporal {
  const digits = parts.map((part, index) => padded(part, like.type !== 'Time' && index === 0 ? 4 : 2));
  if (like.type === 'Time') return { ...like, parts, text: digits.join(':') };
  const date = digits.slice(0, 3).join('-');
  const time = digits.slice(3).join(':');
  const zone = like.parts.length > 3 ? (/(?:Z|[+-]\d\d:\d\d)$/.exec(like.text)?.[0] ?? '') : '';
  return { ...like, parts, text: like.type === 'DateTime' ? `${date}T${time}${zone}` : date };
}

function padded(part: number, length: number): string {
  const whole = String(Math.floor(part)).padStart(length, '0');
  return Number.isInteger(part) ? whole : `${whole}.${part.toFixed(3).split('.')[1]}`;
}
