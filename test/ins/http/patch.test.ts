import type { Patient } from 'fhir/r4.d.ts';
import { type Answer, matchIds, serverUnderTest } from '../../support/fhir-http.ts';
import { adrunMatricule, adrunWith, insOf, stored } from './support.ts';

const http = serverUnderTest();
const number = '2751263220749';
const provisional = adrunWith({ status: 'PROV', matricule: adrunMatricule });

const jsonPatch = (id: string, operations: object[]): Promise<Answer> =>
  http.send('PATCH', `Patient/${id}`, {
    headers: { 'Content-Type': 'application/json-patch+json' },
    body: operations,
  });

const fhirPathPatch = (id: string, ...parts: object[]): Promise<Answer> =>
  http.send('PATCH', `Patient/${id}`, {
    body: { resourceType: 'Parameters', parameter: [{ name: 'operation', part: parts }] },
  });

describe('a patch of an identity whose matricule does not leave', () => {
  test.each([
    ['JSON Patch', (id: string) => jsonPatch(id, [{ op: 'add', path: '/active', value: false }])],
    [
      'FHIRPath Patch',
      (id: string) =>
        fhirPathPatch(
          id,
          { name: 'type', valueCode: 'replace' },
          { name: 'path', valueString: 'Patient.active' },
          { name: 'value', valueBoolean: false },
        ),
    ],
  ])('by %s keeps the matricule and does not tell it', async (_, patch) => {
    const id = await stored(http, provisional);
    const answer = await patch(id);
    expect([answer.status, answer.text.includes(number)]).toEqual([200, false]);
    expect(answer.json<Patient>()).toMatchObject({ active: false });
    expect(insOf(answer.json<Patient>())).toEqual([]);
    const search = `Patient?_id=${id}&identifier=urn:oid:1.2.250.1.213.1.4.10%7C${adrunMatricule.value}`;
    expect(matchIds(await http.get(search))).toEqual([id]);
  });

  test('can neither test nor copy it', async () => {
    const id = await stored(http, provisional);
    for (const operations of [
      [{ op: 'test', path: '/identifier/1/value', value: adrunMatricule.value }],
      [{ op: 'copy', from: '/identifier/1/value', path: '/name/0/text' }],
    ]) {
      const answer = await jsonPatch(id, operations);
      expect([answer.status, answer.text.includes(number)]).toEqual([422, false]);
    }
    const found = await fhirPathPatch(
      id,
      { name: 'type', valueCode: 'replace' },
      { name: 'path', valueString: `Patient.identifier.where(value = '${adrunMatricule.value}').use` },
      { name: 'value', valueCode: 'old' },
    );
    expect([found.status, found.text.includes(number)]).toEqual([422, false]);
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
  });
});
