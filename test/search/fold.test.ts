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

test('a key is cut at 255 units and never inside a character', () => {
  expect(foldedKey('É'.repeat(300))).toBe('e'.repeat(255));
  expect(foldedKey(`${'a'.repeat(254)}😀`)).toBe('a'.repeat(254));
  expect(foldedKey(`${'a'.repeat(253)}😀`)).toBe(`${'a'.repeat(253)}😀`);
});
