import type { OperationOutcome, Parameters, Patient } from 'fhir/r4.d.ts';
import { places } from '../../../seeds/demo/places.ts';
import { type IdentityRecord, patientOf } from '../../../seeds/patient.ts';
import { type Answer, serverUnderTest } from '../../support/fhir-http.ts';
import { adrunMatricule, adrunWith, firstIssue, outputOf, parameters, stored } from './support.ts';

const http = serverUnderTest({ INSI_MODE: 'off' });

function remarksOf(answer: Answer): { result: unknown; remarks: string[] } {
  const { result, issues } = outputOf(answer);
  const remarks = (issues as OperationOutcome).issue.map(
    ({ severity, code, expression }) => `${severity} ${code} ${expression?.[0] ?? ''}`,
  );
  return { result, remarks };
}

/** Her with a matricule that nobody checked yet. */
function withMatricule(value: string, change: Partial<IdentityRecord> = {}): Patient {
  return patientOf(adrunWith({ ...change, matricule: { value, type: 'INS-NIR-TEST' } }));
}

const place = 'Patient.identifier[0].value';

test('a matricule that fits is said to fit, without INSi', async () => {
  const answer = await http.post('Patient/$ins-validate', withMatricule('275126322074974'));
  expect(remarksOf(answer)).toEqual({ result: true, remarks: ['information informational '] });
  expect(answer.text).not.toContain('275126322074974');
});

test.each<[string, Patient, boolean, string[]]>([
  ['a wrong key', withMatricule('275126322074975'), false, [`error value ${place}`]],
  ['a wrong form', withMatricule('775126322074974'), false, [`error value ${place}`]],
  ['no key', withMatricule('2751263220749'), false, [`error value ${place}`]],
  ['no matricule', patientOf(adrunWith({})), false, ['error required Patient.identifier']],
  ['another sex', withMatricule('275126322074974', { gender: 'male' }), true, [`warning conflict ${place}`]],
  [
    'another year and month',
    withMatricule('275126322074974', { birthDate: '1976-11-30' }),
    true,
    [`warning conflict ${place}`, `warning conflict ${place}`],
  ],
  [
    'another place',
    withMatricule('275126322074974', { birthPlace: places.angers }),
    true,
    [`warning conflict ${place}`],
  ],
  [
    'a month that is not told',
    withMatricule('284202B32102528', {
      birthDate: '1984-05-01',
      birthPlace: { ...places.bastia, cog: '2B321' },
    }),
    true,
    [`information informational ${place}`],
  ],
  [
    'Corsica before 1976',
    withMatricule('246062000400584', {
      birthDate: '1946-06-01',
      birthPlace: { ...places.bastia, cog: '2A004' },
    }),
    true,
    [`information informational ${place}`],
  ],
])('remarks on %s', async (_case, patient, result, remarks) => {
  expect(remarksOf(await http.post('Patient/$ins-validate', patient))).toEqual({ result, remarks });
});

test('every matricule is looked at, and a record that lacks traits too', async () => {
  const patient = withMatricule('275126322074974', { birthPlace: places.angers });
  delete patient.name;
  delete patient.gender;
  patient.identifier!.push({ use: 'old', system: 'urn:oid:1.2.250.1.213.1.4.8', value: '281016322075188' });
  const answer = await http.post('Patient/$ins-validate', parameters({ patient: { resource: patient } }));
  expect(remarksOf(answer)).toEqual({
    result: false,
    remarks: [`warning conflict ${place}`, 'error value Patient.identifier[2].value'],
  });
});

test('a stored Patient is validated by GET and by POST, a hidden matricule included', async () => {
  const id = await stored(http, adrunWith({ matricule: adrunMatricule, gender: 'male' }));
  for (const answer of [
    await http.get(`Patient/${id}/$ins-validate`),
    await http.post(`Patient/${id}/$ins-validate`, parameters({})),
  ]) {
    expect(remarksOf(answer)).toEqual({ result: true, remarks: [`warning conflict ${place}`] });
    expect(answer.text).not.toContain('2751263220749');
  }
});

test.each<[string, string, object, number, string]>([
  ['another parameter', 'Patient/$ins-validate', parameters({ mode: 'verify' }), 400, 'not-supported'],
  ['no patient', 'Patient/$ins-validate', parameters({}), 400, 'required'],
  ['another resource', 'Patient/$ins-validate', { resourceType: 'Practitioner' }, 400, 'required'],
  ['an unknown Patient', 'Patient/never/$ins-validate', parameters({}), 404, 'not-found'],
])('%s is refused', async (_case, path, body, status, code) => {
  const answer = await http.post(path, body);
  expect(answer.status).toBe(status);
  expect(firstIssue(answer.json<Parameters>())).toMatchObject({ severity: 'error', code });
});

test('without INSi there is no $verify-ins and no facade', async () => {
  const id = await stored(http, adrunWith({}));
  expect((await http.post(`Patient/${id}/$verify-ins`, parameters({}))).status).toBe(404);
  const facade = await http.get(`${http.origin}/api/v1/french-healthcare/ins/patient/${id}`);
  expect(facade.status).toBe(404);
});
