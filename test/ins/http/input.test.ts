import type { Patient } from 'fhir/r4.d.ts';
import { patientOf } from '../../../seeds/patient.ts';
import { serverUnderTest } from '../../support/fhir-http.ts';
import { adrun, adrunWith, firstIssue, outputOf, parameters, stored, verify } from './support.ts';

const http = serverUnderTest();

/** The Patient of Zoé Adrun after a change of it. */
function adrunPatient(change: (patient: Patient) => void): Patient {
  const patient = patientOf(adrun);
  change(patient);
  return patient;
}

describe('each strict trait is needed', () => {
  const givenNameList =
    "Patient.name[0].extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name')";
  test.each<[string, (patient: Patient) => void, string, string]>([
    ['the name of birth', (patient) => delete patient.name, 'required', 'Patient.name'],
    ['one name of birth', ({ name = [] }) => name.push(...name), 'business-rule', 'Patient.name'],
    ['the family name', ({ name = [] }) => delete name[0]!.family, 'required', 'Patient.name[0].family'],
    ['a given name', ({ name = [] }) => delete name[0]!.given, 'required', 'Patient.name[0].given[0]'],
    ['the sex', (patient) => delete patient.gender, 'required', 'Patient.gender'],
    [
      'a sex that INSi knows',
      (patient) => {
        patient.gender = 'unknown';
      },
      'value',
      'Patient.gender',
    ],
    [
      'another sex than other',
      (patient) => {
        patient.gender = 'other';
      },
      'value',
      'Patient.gender',
    ],
    ['the birth date', (patient) => delete patient.birthDate, 'required', 'Patient.birthDate'],
    [
      'the whole birth date',
      (patient) => {
        patient.birthDate = '1975-12';
      },
      'value',
      'Patient.birthDate',
    ],
  ])('%s', async (_case, change, code, expression) => {
    const answer = await http.post('Patient/$verify-ins', adrunPatient(change));
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', code, expression });
  });

  test('but the given names stand in for a missing list, and the birth place is optional', async () => {
    const patient = adrunPatient((each) => {
      delete each.name![0]!.extension;
      each.extension = each.extension!.filter(({ url }) => !url.endsWith('birthPlace'));
    });
    expect(JSON.stringify(patient)).not.toContain(givenNameList);
    expect(outputOf(await http.post('Patient/$verify-ins', patient))).toMatchObject({ insiCode: '00' });
  });
});

describe('the parameters are read strictly', () => {
  test.each<[string, object[], string, string]>([
    ['an unknown one', [{ name: 'patientId', valueString: 'x' }], 'not-supported', 'Parameters.parameter[0]'],
    [
      'one given twice',
      [
        { name: 'apply', valueBoolean: true },
        { name: 'apply', valueBoolean: true },
      ],
      'structure',
      'Parameters.parameter[1]',
    ],
    [
      'a mode that does not exist',
      [{ name: 'mode', valueCode: 'search' }],
      'value',
      'Parameters.parameter[0]',
    ],
    ['a mode of another type', [{ name: 'mode', valueBoolean: true }], 'value', 'Parameters.parameter[0]'],
    ['apply as a text', [{ name: 'apply', valueString: 'true' }], 'value', 'Parameters.parameter[0]'],
    ['presence as a code', [{ name: 'presence', valueCode: 'true' }], 'value', 'Parameters.parameter[0]'],
    ['evidence as a code', [{ name: 'evidence', valueCode: 'CN' }], 'value', 'Parameters.parameter[0]'],
    [
      'evidence without a code',
      [{ name: 'evidence', valueCoding: { system: 'urn:x' } }],
      'value',
      'Parameters.parameter[0]',
    ],
    ['a reason as a text', [{ name: 'reason', valueString: 'visit' }], 'value', 'Parameters.parameter[0]'],
    ['a value without name', [{ valueBoolean: true }], 'structure', 'Parameters.parameter[0]'],
    [
      'two values',
      [{ name: 'apply', valueBoolean: true, valueCode: 'x' }],
      'structure',
      'Parameters.parameter[0]',
    ],
    [
      'a patient on a stored one',
      [{ name: 'patient', resource: patientOf(adrun) }],
      'invalid',
      'Parameters.parameter',
    ],
  ])('%s is 400', async (_case, parameter, code, expression) => {
    const id = await stored(http, adrun);
    const answer = await http.post(`Patient/${id}/$verify-ins`, { resourceType: 'Parameters', parameter });
    expect(answer.status).toBe(400);
    expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', code, expression });
  });

  test.each([
    ['a code that is no validation mode', { code: 'XX' }],
    ['a code of another system', { system: 'urn:other', code: 'CN' }],
  ])('evidence with %s is 422', async (_case, valueCoding) => {
    const answer = await verify(http, await stored(http, adrun), { evidence: { valueCoding } });
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({
      code: 'code-invalid',
      expression: 'Parameters.parameter[0]',
    });
  });

  test('without a body the defaults hold: nothing is written', async () => {
    const id = await stored(http, adrun);
    const answer = await http.send('POST', `Patient/${id}/$verify-ins`);
    expect(outputOf(answer)).toMatchObject({ outcome: 'verified', identityStatus: 'RECUP' });
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
  });

  test('apply at type level is 422: there is nothing to write to', async () => {
    const values = { patient: { resource: patientOf(adrun) }, apply: true };
    const answer = await http.post('Patient/$verify-ins', parameters(values));
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({ code: 'business-rule' });
  });

  test.each<[string, unknown, number, string]>([
    ['nothing', undefined, 400, 'required'],
    ['Parameters without a patient', parameters({ apply: false }), 400, 'required'],
    ['a resource of another type', { resourceType: 'Practitioner' }, 400, 'required'],
    ['a Patient of a wrong structure', { resourceType: 'Patient', gender: ['female'] }, 422, 'structure'],
    ['text that is no JSON', '{"resourceType":', 400, 'structure'],
  ])('at type level %s is refused', async (_case, body, status, code) => {
    const answer = await http.send('POST', 'Patient/$verify-ins', {
      body,
      headers: { 'Content-Type': 'application/fhir+json' },
    });
    expect(answer.status).toBe(status);
    expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', code });
  });
});

describe('the address', () => {
  test('of a Patient that never was is 404, of a deleted one 410', async () => {
    expect((await verify(http, 'never')).status).toBe(404);
    const id = await stored(http, adrun);
    await http.delete(`Patient/${id}`);
    expect((await verify(http, id)).status).toBe(410);
  });

  test('takes POST alone', async () => {
    const id = await stored(http, adrunWith({}));
    for (const path of ['Patient/$verify-ins', `Patient/${id}/$verify-ins`]) {
      const answer = await http.get(path);
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
    }
  });

  test('is offered on Patient alone', async () => {
    expect((await http.post('Practitioner/$verify-ins', parameters({}))).status).toBe(404);
  });
});
