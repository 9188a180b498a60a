import { hasLuhnKey } from '../../src/professionals/luhn.ts';

// Published numbers: the example of ISO/IEC 7812-1 as it is usually given, the SIREN and the head office of the INSEE.
test.each(['79927398713', '120027016', '12002701600563'])('%s has a key that fits', (digits) => {
  expect(hasLuhnKey(digits)).toBe(true);
});

test.each(['79927398710', '120027061', '12002701600536'])('%s has none', (digits) => {
  expect(hasLuhnKey(digits)).toBe(false);
});
