import fc from 'fast-check';
import {
  formatMatricule,
  formatMatriculeForDisplay,
  matriculeKey,
  matriculeRefusal,
  readMatricule,
} from '../../src/ins/matricule.ts';

const validVectors: [number: string, key: string, shows: string][] = [
  ['2751263220749', '74', 'a woman'],
  ['1810163220751', '40', 'a man'],
  ['297022A020778', '78', 'South Corsica'],
  ['160012B020777', '13', 'North Corsica'],
  ['284052A321025', '52', '2A'],
  ['284052B321025', '79', 'the same number with 2B'],
  ['2840588321025', '32', 'Vosges'],
  ['284202B321025', '28', 'pseudo-month 20'],
  ['284992B321025', '31', 'pseudo-month 99'],
  ['2550814168025', '38', 'Calvados'],
  ['1850297411123', '48', 'La Réunion'],
  ['1690698818012', '22', 'New Caledonia'],
  ['2990399109013', '05', 'born abroad, key with a leading zero'],
  ['1990599134021', '08', 'born abroad'],
  ['2750399352017', '95', 'Algeria in its modern coding'],
  ['2460691352017', '34', 'colonial Algeria'],
  ['2460620004005', '84', 'Corsica before 1976'],
  ['1850578006078', '97', 'remainder 0'],
  ['1850578006077', '01', 'remainder 96'],
  ['1090763220888', '35', 'a NIA'],
  ['1234567890122', '12', 'pseudo-month 45'],
];

const validWithKey = [
  '223115935012322',
  '200029923123486',
  '254031088723464',
  '195017262676215',
  '155053933981739',
  '106099955391094',
  '180127512345642',
];

const matricules = fc
  .record({
    sex: fc.constantFrom('1', '2'),
    year: fc.integer({ min: 0, max: 99 }).map((year) => String(year).padStart(2, '0')),
    month: fc
      .oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 20, max: 99 }))
      .map((month) => String(month).padStart(2, '0')),
    department: fc.oneof(
      fc.integer({ min: 1, max: 99 }).map((department) => String(department).padStart(2, '0')),
      fc.constantFrom('2A', '2B'),
    ),
    commune: fc.integer({ min: 0, max: 999 }).map((commune) => String(commune).padStart(3, '0')),
    order: fc.integer({ min: 1, max: 999 }).map((order) => String(order).padStart(3, '0')),
  })
  .map(
    ({ sex, year, month, department, commune, order }) => sex + year + month + department + commune + order,
  );

describe('a matricule', () => {
  test.each(validVectors)('%s %s: %s', (number, key) => {
    expect(matriculeKey(number)).toBe(key);
    const matricule = { number, key };
    expect(readMatricule(number + key)).toEqual({
      outcome: 'valid',
      matricule,
      keyGiven: true,
    });
    expect(readMatricule(number)).toEqual({
      outcome: 'valid',
      matricule,
      keyGiven: false,
    });
  });

  test.each(validWithKey)('%s is valid', (text) => {
    const reading = readMatricule(text);
    expect(reading.outcome === 'valid' && formatMatricule(reading.matricule)).toBe(text);
  });

  test.each([
    '223115935012321',
    '123456789012244',
    '276037510669380',
    '181036322045660',
    '281036322045610',
    '181016322075142',
    '194052203228988',
    '185057800607800',
    '185057800607898',
  ])('%s has a wrong key', (text) => {
    expect(readMatricule(text)).toEqual({ outcome: 'invalid-key' });
  });

  test.each([
    ['', 'length'],
    ['27512632207', 'length'],
    ['27512632207497', 'length'],
    ['2751263220749744', 'length'],
    ['27512632207A974', 'characters'],
    ['284052C321025', 'characters'],
    ['28405A2321025', 'characters'],
    ['2840512A32102', 'characters'],
    ['2751263220749-4', 'characters'],
    ['２751263220749', 'characters'],
    ['0751263220749', 'sex-digit'],
    ['9751263220749', 'sex-digit'],
    ['3751263220749', 'number-being-assigned'],
    ['4751263220749', 'number-being-assigned'],
    ['5151263220749', 'migrant-number'],
    ['6151263220749', 'migrant-number'],
    ['711019900000142', 'provisional-number'],
    ['8110199000001', 'provisional-number'],
    ['2750063220749', 'month'],
    ['2751363220749', 'month'],
    ['2751963220749', 'month'],
    ['2751200220749', 'department'],
    ['2751263220000', 'order'],
  ] as const)('%s is refused for its %s', (text, reason) => {
    expect(readMatricule(text)).toEqual({ outcome: 'invalid-format', reason });
    expect(matriculeRefusal({ outcome: 'invalid-format', reason })).not.toBe('');
  });

  test('is read with spaces anywhere and Corsican letters in lower case', () => {
    expect(readMatricule(' 2 84 05 2a\u00A0321 025 52\n')).toEqual(readMatricule('284052A32102552'));
  });

  test('a refusal never repeats the number', () => {
    expect(JSON.stringify(readMatricule('223115935012321'))).not.toContain('2231159350123');
  });

  test('any key computed verifies, and reading undoes both formats', () => {
    fc.assert(
      fc.property(matricules, (number) => {
        const matricule = { number, key: matriculeKey(number) };
        const expected = { outcome: 'valid', matricule, keyGiven: true };
        expect(matricule.key).toMatch(/^(?:0[1-9]|[1-8]\d|9[0-7])$/);
        expect(readMatricule(formatMatricule(matricule))).toEqual(expected);
        expect(readMatricule(formatMatriculeForDisplay(matricule))).toEqual(expected);
      }),
    );
  });

  test('one changed digit always breaks the key: 97 divides no difference of one digit', () => {
    const change = fc.record({
      number: matricules,
      at: fc.nat(12),
      by: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(change, ({ number, at, by }) => {
        fc.pre(/\d/.test(number.charAt(at)) && !(at === 5 && /[AB]/.test(number.charAt(6))));
        const digit = String((Number(number.charAt(at)) + by) % 10);
        const changed = number.slice(0, at) + digit + number.slice(at + 1);
        expect(readMatricule(changed + matriculeKey(number)).outcome).not.toBe('valid');
      }),
    );
  });

  test('2A and 2B of one number never share a key', () => {
    fc.assert(
      fc.property(matricules, (number) => {
        const [south, north] = ['2A', '2B'].map((letter) => number.slice(0, 5) + letter + number.slice(7));
        expect(matriculeKey(south!)).not.toBe(matriculeKey(north!));
      }),
    );
  });

  test('is printed in groups', () => {
    expect(formatMatriculeForDisplay({ number: '284052A321025', key: '52' })).toBe('2 84 05 2A 321 025 52');
  });
});
