import fc from 'fast-check';
import { isOneLetterApart } from '../../src/operations/match/typing-error.ts';

const name = fc.string({ minLength: 5, maxLength: 12 });

describe('isOneLetterApart', () => {
  test('a letter added, left out, replaced or swapped, from either side', () => {
    const inside = fc.record({ text: name, at: fc.nat(), letter: fc.string({ minLength: 1, maxLength: 1 }) });
    fc.assert(
      fc.property(inside, ({ text, at, letter }) => {
        const index = at % (text.length - 1);
        const [before, after] = [text.slice(0, index), text.slice(index + 1)];
        const changed = [
          before + letter + text.slice(index),
          before + after,
          before + letter + after,
          before + text[index + 1]! + text[index]! + text.slice(index + 2),
        ];
        for (const other of changed) {
          expect(isOneLetterApart(text, other)).toBe(other !== text);
          expect(isOneLetterApart(other, text)).toBe(other !== text);
        }
      }),
    );
  });

  test.each([
    ['durand', 'durand'],
    ['durand', 'dupond'],
    ['durand', 'durandet'],
    ['lea', 'leo'],
    ['martin', 'matrni'],
  ])('not %s and %s', (a, b) => {
    expect(isOneLetterApart(a, b)).toBe(false);
  });
});
