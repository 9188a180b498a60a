import { type CoherenceFacts, matriculeCoherence } from '../../src/ins/coherence.ts';
import { readMatricule } from '../../src/ins/matricule.ts';

function remarks(number: string, facts: CoherenceFacts): string[] {
  const reading = readMatricule(number);
  if (reading.outcome !== 'valid') throw new Error('the test needs a valid matricule');
  return matriculeCoherence(reading.matricule, facts).map(({ trait, code }) => `${trait} ${code}`);
}

describe('the coherence of a matricule with a record', () => {
  test('says nothing when all agrees, or when the record says nothing', () => {
    const facts: CoherenceFacts = {
      sex: 'F',
      birthDate: '1975-12-31',
      birthPlace: '63220',
    };
    expect(remarks('2751263220749', facts)).toEqual([]);
    expect(remarks('2751263220749', {})).toEqual([]);
  });

  test('tells each trait that differs', () => {
    const facts: CoherenceFacts = {
      sex: 'M',
      birthDate: '1976-11-30',
      birthPlace: '75056',
    };
    const expected = ['sex differs', 'birthYear differs', 'birthMonth differs', 'birthPlace differs'];
    expect(remarks('2751263220749', facts)).toEqual(expected);
  });

  test('cannot tell the century', () => {
    expect(remarks('2751263220749', { birthDate: '1875-12-31' })).toEqual([]);
  });

  test('does not compare a pseudo-month', () => {
    expect(remarks('284202B321025', { birthDate: '1984-05-01' })).toEqual(['birthMonth not-comparable']);
  });

  test('compares what a partial birth date has', () => {
    expect(remarks('2751263220749', { birthDate: '1975' })).toEqual([]);
    expect(remarks('2751263220749', { birthDate: '1975-11' })).toEqual(['birthMonth differs']);
  });

  test.each([
    ['2460691352017', '1946-06-01', '99352', 'colonial Algeria'],
    ['2460620004005', '1946-06-01', '2A004', 'Corsica before 1976'],
    ['1600175056001', '1960-01-01', '92050', 'the former Seine'],
  ])('%s, born %s in %s: %s is a former coding', (number, birthDate, birthPlace) => {
    expect(remarks(number, { birthDate, birthPlace })).toEqual(['birthPlace historical-coding']);
  });

  test.each([
    ['2850691352017', '1985-06-01', '99352', 'Algeria was independent'],
    ['2850620004005', '1985-06-01', '2A004', '20 was no longer in use'],
    ['2460691352017', '1946-06-01', '99109', 'another country'],
  ])('%s, born %s in %s differs: %s', (number, birthDate, birthPlace) => {
    expect(remarks(number, { birthDate, birthPlace })).toEqual(['birthPlace differs']);
  });

  test.each([
    ['297022A020778', '2A020'],
    ['1850297411123', '97411'],
    ['1690698818012', '98818'],
    ['2750399352017', '99352'],
  ])('%s agrees with %s', (number, birthPlace) => {
    expect(remarks(number, { birthPlace })).toEqual([]);
  });
});
