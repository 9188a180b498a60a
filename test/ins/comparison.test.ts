import { compareTraits } from '../../src/ins/comparison.ts';
import type { ReferenceTraits, StrictTraits } from '../../src/ins/traits.ts';

const local: StrictTraits = {
  birthName: "D'Artagnan de l'Hérault",
  firstGivenName: 'Pierre-Alain',
  givenNames: 'Pierre-Alain Gunther',
  sex: 'M',
  birthDate: '2001-06-17',
  birthPlace: '63220',
};
const reference: ReferenceTraits = {
  birthName: "D'ARTAGNAN DE L'HERAULT",
  givenNames: 'PIERRE-ALAIN GUNTHER',
  sex: 'M',
  birthDate: '2001-06-17',
  birthPlace: '63220',
};

function found(localChange: Partial<StrictTraits>, referenceChange: Partial<ReferenceTraits> = {}): string[] {
  const differences = compareTraits({ ...local, ...localChange }, { ...reference, ...referenceChange });
  return differences.map(({ trait, severity }) => `${trait} ${severity}`);
}

describe('local traits beside those of INSi', () => {
  test('agree when they differ in case, accents and typographic signs only', () => {
    expect(
      found({
        birthName: 'd’artagnan de l’herault',
        givenNames: 'PIERRE‑ALAIN Gunther',
      }),
    ).toEqual([]);
  });

  test.each<[Partial<StrictTraits>, Partial<ReferenceTraits>, string[]]>([
    [{ givenNames: 'Pierre Alain Gunther', firstGivenName: 'Pierre-Alain' }, {}, ['givenNames minor']],
    [{ firstGivenName: 'Pierre Alain' }, {}, ['firstGivenName minor']],
    [{ givenNames: 'Pierre-Alain' }, {}, ['givenNames major']],
    [{ givenNames: 'Gunther Pierre-Alain' }, {}, ['givenNames major']],
    [{ firstGivenName: 'Gunther' }, {}, ['firstGivenName major']],
    [{ birthName: "D'Artagnan de-l'Herault" }, {}, ['birthName major']],
    [{}, { birthName: 'HERMANN' }, ['birthName major']],
    [{ sex: 'F' }, {}, ['sex major']],
    [{ birthDate: '2001-06-18' }, {}, ['birthDate major']],
    [{ birthDate: '2001-01-01' }, { birthDate: '2001-00-00' }, ['birthDate major']],
    [{ birthDate: '2001-00-00' }, { birthDate: '2001-00-00' }, []],
    [{ birthPlace: '75056' }, {}, ['birthPlace major']],
    [{}, { birthName: undefined as never }, ['birthName major']],
  ])('%j beside %j: %j', (localChange, referenceChange, expected) => {
    expect(found(localChange, referenceChange)).toEqual(expected);
  });

  test('a place that INSi does not return is no difference, one missing locally is', () => {
    const { birthPlace: _, ...withoutPlace } = local;
    const { birthPlace: __, ...referenceWithoutPlace } = reference;
    expect(compareTraits(local, referenceWithoutPlace)).toEqual([]);
    expect(compareTraits(withoutPlace, referenceWithoutPlace)).toEqual([]);
    expect(compareTraits(withoutPlace, reference)).toEqual([
      { trait: 'birthPlace', reference: '63220', severity: 'major' },
    ]);
  });

  test('a lone Prenom stands in for the list', () => {
    const { givenNames: _, ...older } = reference;
    const alone = { ...local, givenNames: 'Pierre-Alain' };
    expect(compareTraits(alone, { ...older, firstGivenName: 'PIERRE-ALAIN' })).toEqual([]);
  });

  test('show both values as written', () => {
    expect(compareTraits({ ...local, birthDate: '2001-06-18' }, reference)).toEqual([
      {
        trait: 'birthDate',
        local: '2001-06-18',
        reference: '2001-06-17',
        severity: 'major',
      },
    ]);
  });
});
