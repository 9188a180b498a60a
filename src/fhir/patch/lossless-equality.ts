import { decimalText } from '../json.ts';

/** Equality of JSON values as `parseJson` makes them (RFC 6902, 4.6): numbers by value, objects in any order. */
export function deepEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const [number, otherNumber] = [decimalText(one), decimalText(other)];
  if (number !== undefined && otherNumber !== undefined) return plain(number) === plain(otherNumber);
  if (number !== undefined || otherNumber !== undefined) return false;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(other, name) &&
      deepEqual((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
  );
}

/** One text for all writings of a number: its significant digits and the power of ten of the last one. */
function plain(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  const significant = digits.slice(0, end);
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
