import fc from 'fast-check';
import {
  finessProblem,
  nationalStructureProblem,
  rppsRankProblem,
  sirenProblem,
  siretProblem,
} from '../../src/professionals/structure-identifiers.ts';
import { digits, withLuhnKey } from './arbitraries.ts';

test('a FINESS of digits has a Luhn key', () => {
  fc.assert(
    fc.property(digits(8), fc.integer({ min: 1, max: 9 }), (order, error) => {
      const finess = withLuhnKey(order);
      expect(finessProblem(finess)).toBeUndefined();
      const wrong = `${order}${(Number(finess.at(-1)) + error) % 10}`;
      expect(finessProblem(wrong)).toMatchObject({ kind: 'key' });
    }),
  );
});

test.each(['2A0000012', '2B0001234', '0B0123456'])(
  'the FINESS %s with a letter has no key to check',
  (text) => {
    expect(finessProblem(text)).toBeUndefined();
  },
);

test.each(['', '99000001', '9900000100', '99000001X', 'ZZ0000010', '990 00010'])(
  '%j is no FINESS',
  (text) => {
    expect(finessProblem(text)).toMatchObject({ kind: 'form' });
  },
);

test('a SIREN and a SIRET have Luhn keys, the SIREN in a SIRET too', () => {
  fc.assert(
    fc.property(digits(8), digits(4), (unit, establishment) => {
      const siren = withLuhnKey(unit);
      fc.pre(siren !== '356000000');
      const siret = withLuhnKey(siren + establishment);
      expect(sirenProblem(siren)).toBeUndefined();
      expect(siretProblem(siret)).toBeUndefined();
      const wrongSiren = `${unit}${(Number(siren.at(-1)) + 1) % 10}`;
      expect(sirenProblem(wrongSiren)).toMatchObject({ kind: 'key' });
      expect(siretProblem(withLuhnKey(wrongSiren + establishment))).toMatchObject({ kind: 'key' });
      expect(siretProblem(`${siret.slice(0, 13)}${(Number(siret.at(-1)) + 1) % 10}`)).toMatchObject({
        kind: 'key',
      });
      expect(siretProblem(siren)).toMatchObject({ kind: 'form' });
      expect(sirenProblem(siret)).toMatchObject({ kind: 'form' });
    }),
  );
});

test('the establishments of La Poste count by fives', () => {
  // 35600000000048 is its head office; 35600000049837 is one whose key is not of Luhn.
  expect(siretProblem('35600000000048')).toBeUndefined();
  expect(siretProblem('35600000049837')).toBeUndefined();
  expect(siretProblem('35600000049838')).toMatchObject({ kind: 'key' });
});

test.each([
  ['an ADELI rank', '075991234501'],
  ['a FINESS', '1990000010'],
  ['a SIREN', '2999990013'],
  ['a SIRET', '399999001300016'],
  ['an RPPS rank', '499799000015015'],
  ['a technical identifier', '4R900001'],
])('a national structure identifier may hold %s', (_kind, text) => {
  expect(nationalStructureProblem(text)).toBeUndefined();
});

test.each([
  ['nothing', '', 'form'],
  ['a FINESS without its kind', '990000010', 'form'],
  ['a FINESS of a wrong key', '1990000011', 'key'],
  ['a SIRET as a FINESS', '199999001300016', 'form'],
  ['a kind that is not', '5990000010', 'form'],
  ['a sign that is none of an identifier', '4R900001/1', 'form'],
])('a national structure identifier does not hold %s', (_kind, text, kind) => {
  expect(nationalStructureProblem(text)).toMatchObject({ kind });
});

test('an RPPS rank has 13 or 14 digits', () => {
  expect(rppsRankProblem('9979900001501')).toBeUndefined();
  expect(rppsRankProblem('99799000015015')).toBeUndefined();
  expect(rppsRankProblem('99799000015')).toMatchObject({ kind: 'form' });
});
