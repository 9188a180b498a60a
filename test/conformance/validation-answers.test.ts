import type { OperationOutcome } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

describe('a resource that is not valid (validation.html) is answered 422 with the place of the fault', () => {
  const observation = { status: 'final', code: { text: 'x' } };

  test.each([
    ['an unknown element', 'Patient', { surname: 'x' }, 'Patient.surname'],
    ['an unknown nested element', 'Patient', { name: [{ surname: 'x' }] }, 'Patient.name[0].surname'],
    ['a single value for a repeating element', 'Patient', { name: { family: 'x' } }, 'Patient.name'],
    ['an array for a single element', 'Patient', { birthDate: ['1980-01-01'] }, 'Patient.birthDate'],
    ['an impossible date', 'Patient', { birthDate: '2023-02-30' }, 'Patient.birthDate'],
    ['a malformed date', 'Patient', { birthDate: '01/02/1980' }, 'Patient.birthDate'],
    ['a code outside a required binding', 'Patient', { gender: 'x' }, 'Patient.gender'],
    ['the deep code outside a required binding', 'Patient', { name: [{ use: 'x' }] }, 'Patient.name[0].use'],
    ['a missing required element', 'Observation', { status: 'final' }, 'Observation.code'],
    [
      'two types of one choice',
      'Observation',
      { ...observation, valueString: 'x', valueBoolean: true },
      'Observation.value',
    ],
    [
      'a type that the choice does not have',
      'Observation',
      { ...observation, valueAddress: {} },
      'Observation.value',
    ],
    [
      'a reference to a wrong type',
      'Observation',
      { ...observation, subject: { reference: 'Medication/1' } },
      'Observation.subject',
    ],
    [
      'a reference to nothing contained',
      'Observation',
      { ...observation, subject: { reference: '#p' } },
      'Observation.subject',
    ],
    ['an empty object', 'Patient', { maritalStatus: {} }, 'Patient.maritalStatus'],
    ['an empty array', 'Patient', { name: [] }, 'Patient.name'],
    ['an empty string', 'Patient', { name: [{ family: '' }] }, 'Patient.name[0].family'],
    [
      'an extension without url',
      'Patient',
      { extension: [{ valueString: 'x' }] },
      'Patient.extension[0].url',
    ],
    ['malformed base64', 'Patient', { photo: [{ data: '%%%' }] }, 'Patient.photo[0].data'],
    [
      'a contained resource of an unknown type',
      'Patient',
      { contained: [{ resourceType: 'X', id: 'x' }] },
      'Patient.contained[0]',
    ],
  ])('%s', async (_, type, elements, expression) => {
    const answer = await http.post(type as string, { resourceType: type, ...(elements as object) });
    expect(answer.status).toBe(422);
    const { issue } = answer.json<OperationOutcome>();
    expect(issueOf(answer).severity).toBe('error');
    expect(issue.map((found) => found.expression?.[0])).toContainEqual(
      expect.stringMatching(new RegExp(`^${(expression as string).replace(/[[\].]/g, '\\$&')}`)),
    );
  });

  test('every fault of a resource is told at once', async () => {
    const body = { resourceType: 'Patient', gender: 'x', birthDate: 'y', name: [{ use: 'z' }] };
    const { issue } = (await http.post('Patient', body)).json<OperationOutcome>();
    expect(issue.map(({ expression }) => expression![0]).sort()).toEqual([
      'Patient.birthDate',
      'Patient.gender',
      'Patient.name[0].use',
    ]);
  });

  test('a refused update leaves the version before as it was', async () => {
    await http.put('Patient/kept', { resourceType: 'Patient', id: 'kept', active: true });
    const answer = await http.put('Patient/kept', { resourceType: 'Patient', id: 'kept', active: 'no' });
    expect(answer.status).toBe(422);
    expect((await http.get('Patient/kept')).headers['etag']).toBe('W/"1"');
  });

  test('the outcome never repeats a value, which may identify a person', async () => {
    const body = {
      resourceType: 'Patient',
      birthDate: 'SECRET-1',
      gender: 'SECRET-2',
      name: [{ use: 'SECRET-3', family: 'SECRET-4' }],
      photo: [{ data: 'SECRET-5!' }],
      generalPractitioner: [{ reference: 'Medication/SECRET-6' }],
    };
    const answer = await http.post('Patient', body);
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain('SECRET');
  });
});
