import {
  defaultIdentityPolicy,
  isValidationMode,
  nextVerificationDate,
} from '../../src/ins/identity-policy.ts';

describe('the policy on identities', () => {
  test.each([
    ['2024-01-15', 36, '2027-01-15'],
    ['2024-02-29', 36, '2027-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2023-12-31', 6, '2024-06-30'],
    ['2024-03-31', 0, '2024-03-31'],
  ])('an INS verified on %s is due after %i months, on %s', (verifiedOn, reverifyAfterMonths, due) => {
    expect(
      nextVerificationDate(verifiedOn, {
        ...defaultIdentityPolicy,
        reverifyAfterMonths,
      }),
    ).toBe(due);
  });

  test.each([
    ['2024-01-15', 36, '2024-04-15'],
    ['2024-01-15', 2, '2024-03-15'],
  ])(
    'a waiting number verified on %s with a period of %i months is due on %s',
    (verifiedOn, reverifyAfterMonths, due) => {
      const policy = { ...defaultIdentityPolicy, reverifyAfterMonths };
      expect(nextVerificationDate(verifiedOn, policy, true)).toBe(due);
    },
  );

  test('evidence that qualifies also validates, and is expressible in FR Core Patient INS', () => {
    const { qualifyingModes, validatingModes } = defaultIdentityPolicy;
    expect(qualifyingModes).toEqual(['PA', 'CN', 'AN', 'LE']);
    expect(qualifyingModes.every((mode) => validatingModes.includes(mode))).toBe(true);
    expect(validatingModes).not.toContain('PC');
  });

  test('knows the codes of documents', () => {
    expect(isValidationMode('PA')).toBe(true);
    expect(isValidationMode('XX')).toBe(false);
    expect(isValidationMode(undefined)).toBe(false);
  });
});
