import fc from 'fast-check';
import { foldSeparators, normaliseBirthName, normaliseGivenNames } from '../../src/ins/normalisation.ts';

describe('names in the alphabet of INSi', () => {
  test.each([
    ['Adrun', 'ADRUN'],
    ['d’Artagnan  de l’Hérault ', "D'ARTAGNAN DE L'HERAULT"],
    ['D’Æion', "D'AEION"],
    ['Cœur', 'COEUR'],
    ['œuvre', 'OEUVRE'],
    ['Çelik', 'CELIK'],
    ['Groß', 'GROSS'],
    ['Øster', 'OSTER'],
    ['Łukasz', 'LUKASZ'],
    ['Đorđević', 'DORDEVIC'],
    ['Lé\u0301on', 'LEON'],
    ['Le\u0301on', 'LEON'],
    ['Martin\u2010Durand', 'MARTIN-DURAND'],
    ['Martin–Durand', 'MARTIN-DURAND'],
    ['Martin--Durand', 'MARTIN--DURAND'],
    ["'t Hooft", "'T HOOFT"],
    ["O'Brien", "O'BRIEN"],
    ["'Abd", "'ABD"],
    ['De\u00A0La\tTour', 'DE LA TOUR'],
    ['ﬁ', 'FI'],
  ])('the birth name %j becomes %j', (text, expected) => {
    expect(normaliseBirthName(text)).toEqual({ outcome: 'normalised', text: expected });
  });

  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['R2D2', 'characters'],
    ['Martin (ép. Durand)', 'characters'],
    ['Мария', 'characters'],
    ['Martin/Durand', 'characters'],
    ['Mar\u00ADtin', 'characters'],
    ['-Martin', 'first-character'],
    ["D''Artagnan", 'separators'],
    ["D' Artagnan", 'separators'],
    ["D 'Artagnan", 'separators'],
    ['Martin---Durand', 'separators'],
    ["'", 'separators'],
    ['A'.repeat(101), 'too-long'],
  ])('the birth name %j is refused: %s', (text, reason) => {
    expect(normaliseBirthName(text)).toEqual({ outcome: 'refused', reason });
  });

  test.each([
    ['Jean--Luc', 'double-hyphen'],
    ['Jean-', 'last-character'],
    ["Jean'", 'last-character'],
    ['Jean, Luc', 'characters'],
  ])('the given name %j is refused: %s', (text, reason) => {
    expect(normaliseGivenNames(text)).toEqual({ outcome: 'refused', reason });
  });

  test('a list of given names keeps its hyphens and spaces', () => {
    const expected = {
      outcome: 'normalised',
      text: "PIERRE-ALAIN MURIEL N'DEYE",
    };
    expect(normaliseGivenNames('Pierre-Alain  Muriel N’Deye')).toEqual(expected);
  });

  test('what is normalised stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abéÆœ -’'ZÑß") }), (text) => {
        const once = normaliseBirthName(text);
        fc.pre(once.outcome === 'normalised');
        if (once.outcome === 'normalised') expect(normaliseBirthName(once.text)).toEqual(once);
      }),
    );
  });

  test('nothing but A–Z, space, apostrophe and hyphen comes out, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = normaliseGivenNames(text);
        if (result.outcome === 'normalised') expect(result.text).toMatch(/^[A-Z'][A-Z' -]*$/);
      }),
    );
  });

  test('separators fold into one space', () => {
    expect(foldSeparators("MARIE-LOUISE N'DEYE")).toBe('MARIE LOUISE N DEYE');
  });
});
