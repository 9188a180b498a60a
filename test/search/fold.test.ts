import fc from 'fast-check';
import { fold, foldedKey } from '../../src/search/fold.ts';

test.each([
  ['DUPONT', 'dupont'],
  ['Éloïse', 'eloise'],
  ['E\u0301loi\u0308se', 'eloise'],
  ['Cœur', 'coeur'],
  ['ŒUVRARD', 'oeuvrard'],
  ['Lætitia', 'laetitia'],
  ['Weiß', 'weiss'],
  ['Łukasz Ørsted', 'lukasz orsted'],
  ['D’Artagnan', "d'artagnan"],
  ['Jean‑Pierre – Paul', 'jean-pierre - paul'],
  ['  Le \t Gall\u00a0Yann ', 'le gall yann'],
  ['ÇİĞ', 'cig'],
  ['Νίκος', 'νικος'],
  ['a  b', 'a b'],
  ['', ''],
  ['\u0301', ''],
])('fold %j', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test.each([
  ["O'Brien", 'obrien'],
  ['O’BRIEN', 'obrien'],
  ['O´Brien', 'obrien'],
  ['o brien', 'obrien'],
  ['Jean-Pierre', 'jeanpierre'],
  ['jean  pierre', 'jeanpierre'],
  ['D’Artagnan de l’Hérault', 'dartagnandelherault'],
  ['LE\tGALL\u00a0', 'legall'],
  ['12, rue St. Roch (bât. B)', '12ruestrochbatb'],
  ['co\u00adop\u200bérer', 'cooperer'],
  ['A+ / 5 < 6 €', 'a+5<6€'],
  ['« Œuvre »', 'oeuvre'],
  ["-_'", ''],
])('the key of %j is %j', (text, key) => {
  expect(foldedKey(text)).toBe(key);
});

test('folding twice is folding once, whatever the case and the Unicode form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const folded = fold(text);
      expect(fold(folded)).toBe(folded);
      expect(fold(text.normalize('NFD'))).toBe(folded);
      expect(fold(text.normalize('NFC'))).toBe(folded);
      expect(fold(text.toLowerCase())).toBe(folded);
    }),
  );
});

test('a plain text folds as one that is not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      expect(fold(`${text}\u0301`)).toBe(fold(text));
    }),
  );
});

test('in a key neither accents, case, punctuation nor white space count', () => {
  const noise = fc.constantFrom(
    ' ',
    '\t',
    '\u00a0',
    '-',
    '‑',
    "'",
    '’',
    '.',
    ',',
    '(',
    '«',
    '\u0301',
    '\u00ad',
  );
  const letters = fc.constantFrom('a', 'é', 'Ç', 'œ', 'Z', '9', '+', 'ж', '字');
  const noisy = fc.array(fc.tuple(letters, fc.array(noise, { maxLength: 3 })), { maxLength: 12 });
  fc.assert(
    fc.property(noisy, (parts) => {
      const bare = parts.map(([letter]) => letter).join('');
      const written = parts.map(([letter, around]) => around.join('') + letter + around.join('')).join('');
      expect(foldedKey(written)).toBe(foldedKey(bare));
      expect(foldedKey(foldedKey(bare))).toBe(foldedKey(bare));
    }),
  );
});

test('the key of an ASCII text is that of one that is not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      expect(foldedKey(`${text}\u0301`)).toBe(foldedKey(text));
    }),
  );
});

test('a key is cut at 255 units and never inside a character', () => {
  expect(foldedKey('É'.repeat(300))).toBe('e'.repeat(255));
  expect(foldedKey(`${'a'.repeat(254)}😀`)).toBe('a'.repeat(254));
  expect(foldedKey(`${'a'.repeat(253)}😀`)).toBe(`${'a'.repeat(253)}😀`);
});
