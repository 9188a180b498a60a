import type { Resource } from 'fhir/r4.d.ts';
import { issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

const resources: Resource[] = [
  {
    resourceType: 'Patient',
    id: 'comma',
    name: [{ family: 'Roux, fils', given: ['Luc$Jean'] }],
    identifier: [
      { system: 'urn:s', value: 'a,b' },
      { system: 'urn:s', value: 'x|y' },
      { system: 'urn:p|q', value: '1' },
    ],
  } as Resource,
  {
    resourceType: 'Patient',
    id: 'plain',
    name: [{ family: 'Roux', given: ['Luc'] }],
    identifier: [
      { system: 'urn:s', value: 'a' },
      { system: 'urn:s', value: 'b\\c' },
    ],
  } as Resource,
  { resourceType: 'ValueSet', id: 'odd', status: 'active', url: 'http://v.example/a,b|c$d' } as Resource,
  {
    resourceType: 'Observation',
    id: 'coded',
    status: 'final',
    code: { coding: [{ system: 'urn:c', code: 'k$1' }] },
    valueCodeableConcept: { coding: [{ system: 'urn:v', code: 'p|q,r' }] },
  } as Resource,
  {
    resourceType: 'Observation',
    id: 'of-comma',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/comma' },
  } as Resource,
];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

describe('separators in a value are escaped by a backslash (search.html#escaping)', () => {
  test.each([
    ['a comma in a string', 'Patient', 'family', 'roux\\, f', 'comma'],
    ['a comma that separates', 'Patient', 'family:exact', 'Roux\\, fils,Roux', 'comma plain'],
    ['a comma in an exact string', 'Patient', 'family:exact', 'Roux\\, fils', 'comma'],
    ['a dollar in a string', 'Patient', 'given', 'luc\\$', 'comma'],
    ['a dollar that need not be escaped', 'Patient', 'given', 'luc$', 'comma'],
    ['a comma in a code', 'Patient', 'identifier', 'a\\,b', 'comma'],
    ['a comma in a code with its system', 'Patient', 'identifier', 'urn:s|a\\,b', 'comma'],
    ['a comma that separates codes', 'Patient', 'identifier', 'urn:s|a,urn:s|a\\,b', 'comma plain'],
    ['a bar in a code', 'Patient', 'identifier', 'urn:s|x\\|y', 'comma'],
    ['a bar in a code alone', 'Patient', 'identifier', 'x\\|y', 'comma'],
    ['a bar in a system', 'Patient', 'identifier', 'urn:p\\|q|1', 'comma'],
    ['a bar in a system alone', 'Patient', 'identifier', 'urn:p\\|q|', 'comma'],
    ['a backslash', 'Patient', 'identifier', 'b\\\\c', 'plain'],
    ['all of them in a uri', 'ValueSet', 'url', 'http://v.example/a\\,b\\|c\\$d', 'odd'],
    ['a dollar in the code of a composite', 'Observation', 'code-value-concept', 'k\\$1$p\\|q\\,r', 'coded'],
    ['with systems', 'Observation', 'code-value-concept', 'urn:c|k\\$1$urn:v|p\\|q\\,r', 'coded'],
    ['a bar and a comma in a code', 'Observation', 'value-concept', 'urn:v|p\\|q\\,r', 'coded'],
    ['behind a chain', 'Observation', 'subject:Patient.identifier', 'urn:s|a\\,b', 'of-comma'],
    ['that match nothing', 'Patient', 'identifier', 'a\\|b', ''],
  ])('%s', async (_, type, parameter, value, expected) => {
    const query = `${parameter}=${encodeURIComponent(value)}`;
    const answer = await http.get(`${type}?${query}`);
    const ids = expected === '' ? [] : expected.split(' ');
    expect(matchIds(answer).sort()).toEqual(ids);
    expect(matchIds(await http.post(`${type}/_search`, query, form)).sort()).toEqual(ids);
    expect(matchIds(await http.get(linkOf(answer, 'self')!)).sort()).toEqual(ids);
  });

  test('without it a second bar is refused', async () => {
    const answer = await http.get(`Patient?identifier=${encodeURIComponent('urn:s|x|y')}`);
    expect([answer.status, issueOf(answer).expression]).toEqual([400, ['identifier']]);
  });
});
