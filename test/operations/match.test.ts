import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { patientOf } from '../../seeds/patient.ts';
import { adrunMatricule, adrunWith } from '../ins/http/support.ts';
import { type Answer, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

async function put(id: string, patient: Omit<Patient, 'resourceType'>): Promise<void> {
  const answer = await http.put(`Patient/${id}`, { resourceType: 'Patient', id, ...patient });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
}

const ipp = (value: string) => [{ system: 'urn:test:ipp', value }];

beforeAll(async () => {
  await put('helene', {
    identifier: ipp('100'),
    name: [
      { use: 'official', family: 'LEFÈVRE', given: ['Hélène', 'Marie'] },
      { use: 'usual', family: 'DUPONT-MARTIN', given: ['Hélène'] },
    ],
    gender: 'female',
    birthDate: '1972-04-09',
  });
  await put('jean', {
    name: [{ use: 'official', family: "D'ALMEIDA", given: ['Jean-François'] }],
    gender: 'male',
    birthDate: '1950-12-31',
  });
  await put('twin-lea', {
    name: [{ family: 'Moreau', given: ['Léa'] }],
    gender: 'female',
    birthDate: '2010-06-15',
  });
  await put('twin-eve', {
    name: [{ family: 'Moreau', given: ['Ève'] }],
    gender: 'female',
    birthDate: '2010-06-15',
  });
  for (const id of ['double-1', 'double-2']) {
    await put(id, { name: [{ family: 'Perrin', given: ['Luc'] }], gender: 'male', birthDate: '1988-02-03' });
  }
  await put('other', {
    name: [{ family: 'Bernard', given: ['Paul'] }],
    gender: 'male',
    birthDate: '1972-04-09',
  });
});

interface Found {
  id: string;
  grade: string;
  score: number;
}

function found(answer: Answer): Found[] {
  expect(answer.status).toBe(200);
  const bundle = answer.json<Bundle>();
  expect([bundle.resourceType, bundle.type, bundle.total]).toEqual([
    'Bundle',
    'searchset',
    bundle.entry?.length ?? 0,
  ]);
  return (bundle.entry ?? []).map(({ fullUrl, resource, search }) => {
    expect(fullUrl).toBe(`${http.base}/Patient/${resource!.id}`);
    expect(search!.extension![0]!.url).toBe('http://hl7.org/fhir/StructureDefinition/match-grade');
    return { id: resource!.id!, grade: search!.extension![0]!.valueCode!, score: search!.score! };
  });
}

const match = (patient: Omit<Patient, 'resourceType'>, ...more: object[]) =>
  http.post('Patient/$match', {
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: { resourceType: 'Patient', ...patient } }, ...more],
  });
const person = (family: string, given: string, birthDate?: string, gender?: 'male' | 'female') => ({
  name: [{ family, given: [given] }],
  ...(birthDate === undefined ? {} : { birthDate }),
  ...(gender === undefined ? {} : { gender }),
});
const grades = async (patient: Omit<Patient, 'resourceType'>) =>
  found(await match(patient)).map(({ id, grade }) => `${id} ${grade}`);

describe('Patient/$match (patient-operation-match)', () => {
  test.each([
    ['accents and case', person('lefevre', 'HELENE', '1972-04-09', 'female')],
    ['the used name, with a space for the hyphen', person('Dupont Martin', 'Hélène', '1972-04-09', 'female')],
    ['an identifier alone', { identifier: ipp('100') }],
  ])('a person known by %s is certain', async (_, patient) => {
    expect((await grades(patient))[0]).toBe('helene certain');
  });

  test.each([
    ['day and month swapped', person('Lefèvre', 'Hélène', '1972-09-04', 'female')],
    ['a wrong digit in the date', person('Lefèvre', 'Hélène', '1972-04-08', 'female')],
    ['a letter left out', person('Lefèvr', 'Hélène', '1972-04-09', 'female')],
    ['two letters swapped', person('Lefèvre', 'Héléen', '1972-04-09', 'female')],
    ['half of the used name', person('Martin', 'Hélène', '1972-04-09', 'female')],
    ['the second given name', person('Lefèvre', 'Marie', '1972-04-09', 'female')],
    ['the sex unknown', person('Lefèvre', 'Hélène', '1972-04-09')],
  ])('%s is probable', async (_, patient) => {
    expect((await grades(patient))[0]).toBe('helene probable');
  });

  test('apostrophes, compound given names and a date that the RNIV completes', async () => {
    expect(await grades(person('D ALMEIDA', 'Jean François', '1950-12-31', 'male'))).toEqual([
      'jean certain',
    ]);
    expect(await grades(person('d’Almeida', 'Jean', '1950', 'male'))).toEqual(['jean possible']);
    expect(await grades(person('DALMEIDA', 'Jean-François', '1950-12-31', 'male'))).toEqual(['jean certain']);
    expect(await grades(person('D’Almeida', 'Jean-François', '1950-03-20', 'male'))).toEqual([
      'jean probable',
    ]);
  });

  test('names alone are possible at best', async () => {
    const patient = person('Lefèvre', 'Hélène');
    const [first] = found(await match(patient));
    expect(first).toMatchObject({ id: 'helene', grade: 'possible' });
  });

  test('another person born on the day is not sent', async () => {
    const answer = await match(person('Lefèvre', 'Hélène', '1972-04-09', 'female'));
    expect(found(answer).map(({ id }) => id)).toEqual(['helene']);
  });

  test('a twin comes after, and is no more than possible', async () => {
    const matches = found(await match(person('Moreau', 'Léa', '2010-06-15', 'female')));
    expect(matches.map(({ id, grade }) => [id, grade])).toEqual([
      ['twin-lea', 'certain'],
      ['twin-eve', 'possible'],
    ]);
    expect(matches[0]!.score).toBeGreaterThan(matches[1]!.score);
    expect(matches[0]!.score).toBeLessThanOrEqual(1);
    expect(matches[1]!.score).toBeGreaterThanOrEqual(0);
  });

  test('of two records that both fit none is certain', async () => {
    const patient = person('Perrin', 'Luc', '1988-02-03', 'male');
    expect(await grades(patient)).toEqual(['double-1 probable', 'double-2 probable']);
    const certain = { name: 'onlyCertainMatches', valueBoolean: true };
    expect(found(await match(patient, certain))).toEqual([]);
  });

  test('onlyCertainMatches and count limit what is sent', async () => {
    const twins = person('Moreau', 'Léa', '2010-06-15', 'female');
    const certain = found(await match(twins, { name: 'onlyCertainMatches', valueBoolean: true }));
    expect(certain.map(({ id }) => id)).toEqual(['twin-lea']);
    const first = found(await match(twins, { name: 'count', valueInteger: 1 }));
    expect(first.map(({ id }) => id)).toEqual(['twin-lea']);
  });

  test('a shared identifier with another birth date is not certain', async () => {
    const [first] = found(await match({ identifier: ipp('100'), birthDate: '1999-01-01' }));
    expect(first).toMatchObject({ id: 'helene', grade: 'possible' });
  });

  test('a name with a particle is found by name, whatever parts its words', async () => {
    for (const family of ["D'Almeida", 'D Almeida', 'd-almeida']) {
      expect((await grades(person(family, 'Jean-François')))[0]).toBe('jean possible');
    }
  });

  test('nobody is an empty Bundle', async () => {
    expect(found(await match(person('Inconnu', 'Personne', '1901-01-01', 'male')))).toEqual([]);
  });

  test('a matricule that may not be seen does not match', async () => {
    const hidden = patientOf(adrunWith({ id: 'hidden', matricule: adrunMatricule }));
    expect((await http.put('Patient/hidden', hidden)).status).toBe(201);
    const identifier = hidden.identifier!.filter(({ value }) => value === adrunMatricule.value);
    expect(identifier).toHaveLength(1);
    expect(found(await match({ identifier }))).toEqual([]);
  });

  test('the Patient may be the body itself', async () => {
    const patient = { resourceType: 'Patient', ...person('Lefèvre', 'Hélène', '1972-04-09', 'female') };
    expect(found(await http.post('Patient/$match?count=1', patient))[0]).toMatchObject({ id: 'helene' });
  });

  test.each([
    ['no trait', {}],
    ['a family name alone', { name: [{ family: 'Lefèvre' }] }],
    ['a birth date alone', { birthDate: '1972-04-09' }],
    ['an identifier without system', { identifier: [{ value: '100' }] }],
  ])('%s is not enough: 422', async (_, patient) => {
    const answer = await match(patient);
    expect([answer.status, issueOf(answer).code]).toEqual([422, 'incomplete']);
  });

  test('a Patient that is none is 422', async () => {
    const answer = await http.post('Patient/$match', { resourceType: 'Patient', birthDate: 'long ago' });
    expect([answer.status, issueOf(answer).expression]).toEqual([422, ['Patient.birthDate']]);
  });

  test('works within a batch', async () => {
    const resource = { resourceType: 'Patient', ...person('Moreau', 'Léa', '2010-06-15', 'female') };
    const entry = [{ request: { method: 'POST', url: 'Patient/$match?count=1' }, resource }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    const [first] = answer.json<Bundle>().entry!;
    expect(first!.response!.status).toBe('200 OK');
    expect((first!.resource as Bundle).entry![0]!.resource!.id).toBe('twin-lea');
  });

  test('what is no call of it is 400', async () => {
    const noCall = {
      resourceType: 'Parameters',
      parameter: [{ name: 'onlyCertainMatches', valueBoolean: true }],
    };
    expect((await http.post('Patient/$match', noCall)).status).toBe(400);
    expect((await http.post('Patient/$match', { resourceType: 'Observation' })).status).toBe(400);
    expect((await match(person('A', 'B', '1972'), { name: 'count', valueInteger: 0 })).status).toBe(400);
    expect((await http.get('Patient/$match')).status).toBe(400);
  });
});
