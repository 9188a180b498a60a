import type { Observation, Patient, Resource } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const observation = (id: string, elements: Partial<Observation>): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'code' },
  ...elements,
});

const resources: Resource[] = [
  observation('coded', {
    category: [{ coding: [{ system: 'urn:c', code: 'a' }] }],
    subject: { reference: 'Patient/whole' },
    effectiveDateTime: '2024-05',
    valueQuantity: { value: 1 },
  }),
  observation('told', {
    category: [{ text: 'said in words' }],
    subject: { identifier: { system: 'urn:n', value: '1' } },
    effectivePeriod: { end: '2024' },
    valueQuantity: { unit: 'without a value' },
  }),
  observation('bare', {}),
  {
    resourceType: 'Patient',
    id: 'whole',
    active: true,
    name: [{ family: 'X' }],
    birthDate: '1980',
  } as Patient,
  { resourceType: 'Patient', id: 'empty' },
  { resourceType: 'ValueSet', id: 'named', status: 'active', url: 'urn:v' } as Resource,
  { resourceType: 'ValueSet', id: 'nameless', status: 'active' } as Resource,
];

beforeAll(async () => {
  for (const resource of resources) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    expect(answer.status).toBe(201);
  }
});

describe(':missing (search.html#modifiers) parts the resources by whether the element is there', () => {
  test.each([
    ['a token', 'Observation', 'category', 'coded told', 'bare'],
    ['a token that is a boolean', 'Patient', 'active', 'whole', 'empty'],
    ['a reference', 'Observation', 'subject', 'coded told', 'bare'],
    ['a reference to one type', 'Observation', 'patient', 'coded', 'bare told'],
    ['a date', 'Observation', 'date', 'coded told', 'bare'],
    ['a quantity, which is one by its value', 'Observation', 'value-quantity', 'coded', 'bare told'],
    ['a string', 'Patient', 'family', 'whole', 'empty'],
    ['a string of a complex type', 'Patient', 'name', 'whole', 'empty'],
    ['a uri', 'ValueSet', 'url', 'named', 'nameless'],
    ['_id, which is never missing', 'Patient', '_id', 'empty whole', ''],
    ['_tag, which none has', 'Patient', '_tag', '', 'empty whole'],
  ])('%s', async (_, type, parameter, present, missing) => {
    const found = async (value: boolean) =>
      matchIds(await http.get(`${type}?${parameter}:missing=${value}`))
        .sort()
        .join(' ');
    expect([await found(false), await found(true)]).toEqual([present, missing]);
  });

  test('behind a chain and behind _has', async () => {
    expect(matchIds(await http.get('Observation?subject:Patient.active:missing=false'))).toEqual(['coded']);
    expect(matchIds(await http.get('Observation?subject:Patient.active:missing=true'))).toEqual([]);
    const has = await http.get('Patient?_has:Observation:patient:category:missing=false');
    expect(matchIds(has)).toEqual(['whole']);
  });

  test.each(['maybe', 'TRUE', '1'])('takes true or false, not %s: 400', async (value) => {
    const answer = await http.get(`Patient?family:missing=${value}`);
    expect([answer.status, issueOf(answer).expression]).toEqual([400, ['family:missing']]);
  });
});
