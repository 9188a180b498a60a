import type { Patient } from 'fhir/r4.d.ts';
import { patientOfTraits, readTraits } from '../../src/ins/patient-traits.ts';

const listUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name';
const placeUrl = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
const inseeUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code';
const lunarUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-lunar-date';
const communes = 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM';
const formerCommunes = 'https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune';
const codePath = `Patient.extension('${placeUrl}').value.extension('${inseeUrl}')`;

function patient(change: Partial<Patient> = {}, place: { system?: string; code?: string } = {}): Patient {
  return {
    resourceType: 'Patient',
    extension: [
      {
        url: placeUrl,
        valueAddress: {
          extension: [
            {
              url: inseeUrl,
              valueCoding: { system: communes, code: '63220', ...place },
            },
          ],
        },
      },
    ],
    name: [
      { use: 'usual', family: 'Dupont', given: ['Zo'] },
      {
        use: 'official',
        family: 'Adrun',
        given: ['Zoé'],
        extension: [{ url: listUrl, valueString: 'Zoé Anne-Marie' }],
      },
    ],
    gender: 'female',
    birthDate: '1975-12-31',
    ...change,
  };
}

const traits = {
  birthName: 'Adrun',
  firstGivenName: 'Zoé',
  givenNames: 'Zoé Anne-Marie',
  sex: 'F',
  birthDate: '1975-12-31',
  birthPlace: '63220',
};

function problems(of: Patient): string[] {
  const reading = readTraits(of);
  const issues = reading.outcome === 'complete' ? reading.warnings : reading.issues;
  return issues.map(({ severity, code, expression }) => `${severity} ${code} ${expression}`);
}

describe('the strict traits of a Patient', () => {
  test('are read as written, from the name of birth', () => {
    expect(readTraits(patient())).toEqual({
      outcome: 'complete',
      traits,
      warnings: [],
    });
  });

  test.each<[string, Partial<Patient>, string]>([
    ['no name', { name: [] }, 'error required Patient.name'],
    ['no official name', { name: [{ use: 'usual', family: 'A' }] }, 'error required Patient.name'],
    [
      'two official names',
      { name: [patient().name![1]!, patient().name![1]!] },
      'error business-rule Patient.name',
    ],
    [
      'no family',
      { name: [patient().name![0]!, { ...patient().name![1]!, family: ' ' }] },
      'error required Patient.name[1].family',
    ],
    [
      'no given name',
      { name: [{ use: 'official', family: 'Adrun' }] },
      'error required Patient.name[0].given[0]',
    ],
    ['an unknown sex', { gender: 'unknown' }, 'error value Patient.gender'],
    ['another sex', { gender: 'other' }, 'error value Patient.gender'],
    ['a birth year alone', { birthDate: '1975' }, 'error value Patient.birthDate'],
  ])('with %s are incomplete', (_, change, problem) => {
    expect(readTraits(patient(change)).outcome).toBe('incomplete');
    expect(problems(patient(change))).toContain(problem);
  });

  test('all missing are told at once', () => {
    expect(problems({ resourceType: 'Patient' })).toEqual([
      'error required Patient.name',
      'error required Patient.gender',
      'error required Patient.birthDate',
      `warning incomplete Patient.extension('${placeUrl}')`,
    ]);
  });

  test('issues carry no identity data', () => {
    const reading = readTraits(
      patient({ gender: 'unknown', birthDate: '1975' }, { system: 'urn:x', code: '63220' }),
    );
    expect(reading.outcome).toBe('incomplete');
    expect(JSON.stringify(reading)).not.toMatch(/Adrun|Zoé|1975|63220/i);
  });

  test('without a list of given names take the given elements, with a warning', () => {
    const name = {
      use: 'official' as const,
      family: 'Adrun',
      given: ['Zoé', 'Anne'],
    };
    const reading = readTraits(patient({ name: [name] }));
    expect(reading).toMatchObject({
      outcome: 'complete',
      traits: { firstGivenName: 'Zoé', givenNames: 'Zoé Anne' },
    });
    expect(problems(patient({ name: [name] }))).toEqual([
      `warning incomplete Patient.name[0].extension('${listUrl}')`,
    ]);
  });

  test.each([
    ['Jean Pierre', 'jean-pierre Paul', false],
    ['Jean', 'Jean-Pierre', false],
    ['Jean', 'Jeanne Marie', true],
    ['Pierre', 'Jean Pierre', true],
  ])('the first given name %j beside the list %j: alert %j', (given, list, alert) => {
    const extension = [{ url: listUrl, valueString: list }];
    const found = problems(
      patient({
        name: [{ use: 'official', family: 'A', given: [given], extension }],
      }),
    );
    expect(found).toEqual(alert ? ['warning business-rule Patient.name[0].given[0]'] : []);
  });

  test('accept the former code system of communes with a warning, and no other', () => {
    expect(readTraits(patient({}, { system: formerCommunes }))).toMatchObject({
      outcome: 'complete',
      traits,
    });
    expect(problems(patient({}, { system: formerCommunes }))).toEqual([
      `warning code-invalid ${codePath}.value.system`,
    ]);
    expect(readTraits(patient({}, { system: 'urn:other' })).outcome).toBe('incomplete');
    expect(problems(patient({}, { system: 'urn:other' }))).toEqual([
      `error code-invalid ${codePath}.value.system`,
    ]);
  });

  test('an unknown place counts as absent, a malformed one as an error', () => {
    const unknown = readTraits(patient({}, { code: '99999' }));
    expect(unknown.outcome === 'complete' && unknown.traits).not.toHaveProperty('birthPlace');
    expect(problems(patient({}, { code: '99999' }))).toEqual([`warning incomplete ${codePath}.value.code`]);
    expect(problems(patient({}, { code: 'Clermont' }))).toEqual([`error value ${codePath}.value.code`]);
    expect(
      problems(
        patient({
          extension: [{ url: placeUrl, valueAddress: { city: 'X' } }],
        }),
      ),
    ).toEqual([`warning incomplete ${codePath}`]);
  });

  test('take a lunar date as it is, even beside a birth date', () => {
    const lunar = { url: lunarUrl, valueString: '1950-00-00' };
    const reading = readTraits(
      patient({
        extension: [...patient().extension!, lunar],
        birthDate: '1950-12-31',
      }),
    );
    expect(reading).toMatchObject({
      outcome: 'complete',
      traits: { birthDate: '1950-00-00' },
    });
    const wrong = patient({ extension: [{ ...lunar, valueString: '1950' }] });
    expect(problems(wrong)).toContain(`error value Patient.extension('${lunarUrl}').value`);
  });
});

describe('the Patient of reference traits', () => {
  test('is read back as the same traits', () => {
    const { firstGivenName, ...reference } = traits;
    const written = patientOfTraits(reference, firstGivenName);
    expect(readTraits(written)).toEqual({
      outcome: 'complete',
      traits,
      warnings: [],
    });
  });

  test.each(['1950-00-00', '1975-02-30', '1975-13-01'])('keeps %s out of birthDate', (birthDate) => {
    const written = patientOfTraits({ birthDate });
    expect(written).not.toHaveProperty('birthDate');
    expect(written.extension).toEqual([{ url: lunarUrl, valueString: birthDate }]);
  });

  test('holds only what INSi returned', () => {
    expect(patientOfTraits({})).toEqual({
      resourceType: 'Patient',
      name: [{ use: 'official' }],
    });
    expect(patientOfTraits({ sex: 'X' }).gender).toBe('unknown');
  });
});
