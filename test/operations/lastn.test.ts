import type { FhirResource, Observation } from 'fhir/r4.d.ts';
import { issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const loinc = (code: string) => ({ system: 'http://loinc.org', code });
const vital = [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
];

async function put(resource: FhirResource & { id: string }): Promise<void> {
  const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
}

const observe = (id: string, date: string | undefined, code: Observation['code'], more: object = {}) =>
  put({
    resourceType: 'Observation',
    id,
    status: 'final',
    code,
    subject: { reference: 'Patient/ann' },
    ...(date === undefined ? {} : { effectiveDateTime: date }),
    ...more,
  });

beforeAll(async () => {
  await put({ resourceType: 'Patient', id: 'ann', identifier: [{ system: 'urn:test:ipp', value: '1' }] });
  await put({ resourceType: 'Patient', id: 'bob' });
  await observe('weight-1', '2024-01-01', { coding: [loinc('29463-7')] }, { category: vital });
  await observe('weight-3', '2024-03-01', { coding: [loinc('29463-7')] }, { category: vital });
  await observe('weight-2', '2024-02-01', { coding: [loinc('29463-7')] }, { category: vital });
  await observe('height-1', '2024-02-15', { coding: [loinc('8302-2')] }, { category: vital });
  await observe('wrong', '2024-09-01', { coding: [loinc('29463-7')] }, { status: 'entered-in-error' });
  await observe('text-2', '2023-02-01', { text: 'Marche' });
  await observe('text-1', '2023-01-01', { text: 'Marche' });
  await observe('text-0', undefined, { text: 'Marche' });
  await observe('local', '2022-01-01', { coding: [{ system: 'urn:local', code: 'na' }] });
  await observe('both', '2022-02-01', { coding: [{ system: 'urn:local', code: 'na' }, loinc('2951-2')] });
  await observe('loinc', '2022-03-01', { coding: [loinc('2951-2')] });
  await observe(
    'of-bob',
    '2025-01-01',
    { coding: [loinc('29463-7')] },
    { subject: { reference: 'Patient/bob' } },
  );
});

describe('Observation/$lastn (observation-operation-lastn)', () => {
  const ask = async (query: string) => matchIds(await http.get(`Observation/$lastn?${query}`));

  test('gives the most recent observation of each code, the most recent group first', async () => {
    expect(await ask('patient=Patient/ann')).toEqual(['weight-3', 'height-1', 'text-2', 'loinc']);
  });

  test('max gives more of each code, without date last, codes that share a coding together', async () => {
    const found = await ask('patient=ann&max=3');
    expect(found).toEqual([
      ...['weight-3', 'weight-2', 'weight-1', 'height-1'],
      ...['text-2', 'text-1', 'text-0', 'loinc', 'both', 'local'],
    ]);
  });

  test('category and code narrow, by any search parameter of Observation', async () => {
    expect(await ask('subject=Patient/ann&category=vital-signs')).toEqual(['weight-3', 'height-1']);
    expect(await ask('patient=ann&code=http://loinc.org|8302-2')).toEqual(['height-1']);
    expect(await ask('patient=ann&category=vital-signs&date=lt2024-03-01')).toEqual(['height-1', 'weight-2']);
    expect(await ask('patient.identifier=urn:test:ipp|1&code=29463-7')).toEqual(['weight-3']);
  });

  test('takes Parameters, with references, codings and numbers', async () => {
    const parameter = [
      { name: 'patient', valueReference: { reference: 'Patient/ann' } },
      { name: 'code', valueCoding: loinc('29463-7') },
      { name: 'max', valuePositiveInt: 2 },
    ];
    const answer = await http.post('Observation/$lastn', { resourceType: 'Parameters', parameter });
    expect(matchIds(answer)).toEqual(['weight-3', 'weight-2']);
    expect(linkOf(answer, 'self')).toContain('max=2');
  });

  test('finds nothing where there is nothing', async () => {
    const answer = await http.get('Observation/$lastn?patient=nobody');
    expect([answer.status, matchIds(answer), answer.json()['total']]).toEqual([200, [], 0]);
  });

  test.each([
    ['code=29463-7', 'required'],
    ['patient=ann&max=0', 'value'],
    ['patient=ann&max=all', 'value'],
    ['patient=ann&max=1&max=2', 'structure'],
    ['patient=ann&colour=red', 'not-supported'],
    ['patient=ann&date=lately', 'value'],
  ])('%s is refused with 400', async (query, code) => {
    const answer = await http.get(`Observation/$lastn?${query}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });

  test('a value that no search parameter takes is refused with 400', async () => {
    const parameter = [{ name: 'patient', valueQuantity: { value: 1 } }];
    const answer = await http.post('Observation/$lastn', { resourceType: 'Parameters', parameter });
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
  });

  test('is offered on the type alone', async () => {
    expect((await http.get('Observation/weight-1/$lastn?patient=ann')).status).toBe(404);
  });
});
