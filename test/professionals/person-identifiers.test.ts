import fc from 'fast-check';
import {
  adeliProblem,
  nationalIdentifierProblem,
  rppsOfNationalIdentifier,
  rppsProblem,
} from '../../src/professionals/person-identifiers.ts';
import { digits, withLuhnKey } from './arbitraries.ts';

describe('an RPPS', () => {
  test('is any ten digits with their Luhn key, and none with another key', () => {
    fc.assert(
      fc.property(digits(10), fc.integer({ min: 1, max: 9 }), (order, error) => {
        const rpps = withLuhnKey(order);
        expect(rppsProblem(rpps)).toBeUndefined();
        const wrong = `${order}${(Number(rpps.at(-1)) + error) % 10}`;
        expect(rppsProblem(wrong)).toMatchObject({ kind: 'key' });
      }),
    );
  });

  test('finds a wrong digit and, but for 0 and 9, two neighbours in the wrong order', () => {
    fc.assert(
      fc.property(digits(10), fc.nat(9), (order, place) => {
        const rpps = withLuhnKey(order);
        const [a, b] = [rpps[place]!, rpps[place + 1]!];
        fc.pre(a !== b && `${a}${b}` !== '09' && `${a}${b}` !== '90');
        const swapped = rpps.slice(0, place) + b + a + rpps.slice(place + 2);
        expect(rppsProblem(swapped)).toMatchObject({ kind: 'key' });
      }),
    );
  });

  test.each([
    '',
    '9979900001',
    '997990000150',
    '9979900001A',
    ' 99799000015',
    '99799000015\n',
    '٩٩٧٩٩٠٠٠٠١٥',
  ])('is not %j', (text) => {
    expect(rppsProblem(text)).toMatchObject({ kind: 'form' });
  });

  test('is never shown in what is wrong with it', () => {
    fc.assert(
      fc.property(digits(10), fc.string(), (order, more) => {
        expect(rppsProblem(order + more)?.diagnostics ?? '').not.toContain(order);
      }),
    );
  });
});

describe('a national identifier', () => {
  test.each([
    ['an RPPS', '899799000015'],
    ['an ADELI number', '0759912345'],
    ['an ADELI number of Corsica', '02A9912345'],
    ['an employee of a practice', '175991234501/12'],
    ['an intern of former times', '2123456'],
    ['an employee of an establishment', '3990000010/SEC0001'],
    ['an employee of a legal unit', '4999990013/7'],
    ['an employee of an establishment of the companies register', '599999001300016/A-1'],
    ['an employee of a self-employed professional', '699799000015015/1'],
    ['a student of former times', '9123456'],
    ['a mail address', '10camille.exemple@test.mssante.example'],
  ])('may be that of %s', (_kind, text) => {
    expect(nationalIdentifierProblem(text)).toBeUndefined();
  });

  test.each([
    ['nothing', '', 'form'],
    ['an RPPS without its kind', '10012345678', 'form'],
    ['an RPPS that is too long', '8997990000150', 'form'],
    ['an RPPS of a wrong key', '899799000016', 'key'],
    ['an establishment without an employee', '3990000010', 'form'],
    ['an establishment of a wrong key', '3990000011/SEC0001', 'key'],
    ['an employee without an establishment', '3/SEC0001', 'form'],
    ['two internal numbers', '3990000010/A/B', 'form'],
    ['a kind that is not', '7123', 'form'],
    ['a UUID', '0f1e2d3c-4b5a-4678-9abc-def012345678', 'form'],
    ['an identity of tests', 'ANS20250101120000', 'form'],
    ['two mail addresses', '10a@b.example@c.example', 'form'],
  ])('is not %s', (_kind, text, kind) => {
    expect(nationalIdentifierProblem(text)).toMatchObject({ kind });
  });

  test('gives the RPPS in it, whatever its key, and none of another kind', () => {
    fc.assert(
      fc.property(digits(11), (rpps) => {
        expect(rppsOfNationalIdentifier(`8${rpps}`)).toBe(rpps);
        expect(rppsOfNationalIdentifier(rpps)).toBeUndefined();
      }),
    );
    expect(rppsOfNationalIdentifier('3990000010/SEC0001')).toBeUndefined();
  });

  test('is refused or taken, never an exception, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([undefined, 'form', 'key']).toContain(nationalIdentifierProblem(text)?.kind);
      }),
    );
  });
});

test.each([
  ['759912345', true],
  ['2B9912345', true],
  ['7599123456', false],
  ['75991234', false],
  ['75991234!', false],
])('the ADELI number %s: %s', (text, isTaken) => {
  expect(adeliProblem(text) === undefined).toBe(isTaken);
});
