import type { Resource } from '../../src/fhir/resource.ts';
import { type CoherenceFacts, matriculeCoherence } from '../../src/ins/coherence.ts';
import { matriculeKey, readMatricule } from '../../src/ins/matricule.ts';
import { patientRules } from '../../src/ins/patient-rules.ts';

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

describe('the rules of Patient', () => {
  const system = 'urn:oid:1.2.250.1.213.1.4.8';
  const withKey = (number: string) => number + matriculeKey(number);
  const man = { system, use: 'official', value: withKey('1751263220749') };
  const patient = (content: Record<string, unknown>) =>
    ({
      resourceType: 'Patient',
      gender: 'male',
      birthDate: '1975-12-31',
      identifier: [man],
      ...content,
    }) as Resource;
  const ofInsi = {
    url: 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability',
    extension: [{ url: 'methodCollection', valueCoding: { code: 'INSI' } }],
  };
  type Policies = Partial<Pick<Parameters<typeof patientRules>[0], 'keys' | 'incoherence'>>;
  const severities = (content: Record<string, unknown>, policies: Policies = {}) =>
    patientRules({
      acceptedOids: ['1.2.250.1.213.1.4.8'],
      uniqueMatricule: false,
      keys: 'refuse',
      incoherence: 'accept',
      ...policies,
    })
      .check?.(patient(content))
      .map(({ severity, expression }) => `${severity} ${expression}`);
  const at = 'Patient.identifier[0].value';

  test('say nothing of a matricule that agrees with the record', () => {
    expect(severities({}, { incoherence: 'refuse' })).toEqual([]);
  });

  test.each([
    ['another sex', { gender: 'female' }, 1],
    ['another year', { birthDate: '1976-12-31' }, 1],
    ['another month and year', { birthDate: '1976-11-30' }, 2],
  ])('warn of %s, or refuse it', (_what, content, times) => {
    expect(severities(content)).toEqual(Array(times).fill(`warning ${at}`));
    expect(severities(content, { incoherence: 'refuse' })).toEqual(Array(times).fill(`error ${at}`));
    expect(severities({ ...content, extension: [ofInsi] }, { incoherence: 'refuse' })).toEqual(
      Array(times).fill(`warning ${at}`),
    );
  });

  test('say nothing of former matricules, of unknown months and of places', () => {
    expect(severities({ gender: 'female', identifier: [{ ...man, use: 'old' }] })).toEqual([]);
    expect(severities({ identifier: [{ ...man, value: withKey('1753063220749') }] })).toEqual([]);
    expect(severities({ identifier: [{ ...man, value: withKey('1751299352749') }] })).toEqual([]);
  });

  test('refuse a wrong key, or warn of it; a wrong form is always refused, unless INSi gave it', () => {
    const wrongKey = { identifier: [{ ...man, value: '175126322074901' }] };
    const wrongForm = { identifier: [{ ...man, value: '175136322074901' }] };
    expect(severities(wrongKey)).toEqual([`error ${at}`]);
    expect(severities(wrongKey, { keys: 'accept' })).toEqual([`warning ${at}`]);
    expect(severities(wrongForm, { keys: 'accept' })).toEqual([`error ${at}`]);
    expect(severities({ ...wrongForm, extension: [ofInsi] })).toEqual([`warning ${at}`]);
  });
});
