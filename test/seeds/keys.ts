/**
 * Key of a matricule, worked out digit by digit (Horner) with the letters of Corsica as the subtraction that the
 * Assurance Maladie describes: another way than that of the product.
 */
export function keyOf(number: string): string {
  const letter = number[6];
  const subtraction = letter === 'A' ? 1_000_000 : letter === 'B' ? 2_000_000 : 0;
  const remainder = [...number.replace(/[AB]/, '0')].reduce(
    (rest, digit) => (rest * 10 + Number(digit)) % 97,
    0,
  );
  const corrected = (((remainder - subtraction) % 97) + 97) % 97;
  return String(97 - corrected).padStart(2, '0');
}

/** Luhn sum of a number that ends in its key. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, position) => {
    const doubled = position % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
