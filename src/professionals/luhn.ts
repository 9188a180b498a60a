/** True when the last digit is the Luhn key of those before (ISO/IEC 7812-1, annex B). Only digits are given. */
export function hasLuhnKey(digits: string): boolean {
  const weighted = [...digits].reverse().map((digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return value > 9 ? value - 9 : value;
  });
  return weighted.reduce((sum, value) => sum + value, 0) % 10 === 0;
}
