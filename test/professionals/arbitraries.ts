import fc from 'fast-check';
import { hasLuhnKey } from '../../src/professionals/luhn.ts';

/** Texts of that many digits. */
export function digits(count: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: count, maxLength: count });
}

/** The digits and the key that fits, found by trying all ten. */
export function withLuhnKey(text: string): string {
  const fitting = [...'0123456789'].map((key) => text + key).filter(hasLuhnKey);
  if (fitting.length !== 1) throw new Error(`${fitting.length} keys fit`);
  return fitting[0]!;
}
