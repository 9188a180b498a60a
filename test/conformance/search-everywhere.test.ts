import type { Bundle, Resource } from 'fhir/r4.d.ts';
import { linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const ucum = 'http://unitsofmeasure.org';

const observation = (id: string, elements: object) =>
  ({ resourceType: 'Observation', id, status: 'final', ...elements }) as Resource;

const resources: Resource[] = [
  { resourceType: 'Organization', id: 'chu', name: 'CHU' } as Resource,
  {
    resourceType: 'Patient',
    id: 'a',
    active: true,
    birthDate: '1980-05-17',
    name: [{ family: 'Lefèvre', given: ['Anne'] }],
    identifier: [{ system: 'urn:s', value: '1' }],
    managingOrganization: { reference: 'Organization/chu' },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">allergique</div>' },
  } as Resource,
  { resourceType: 'Patient', id: 'b', birthDate: '1975', name: [{ family: 'Martin' }] } as Resource,
  observation('o1', {
    code: { coding: [{ system: 'urn:c', code: 'x' }], text: 'Poids' },
    subject: { reference: 'Patient/a' },
    effectiveDateTime: '2024-03-01',
    valueQuantity: { value: 70, system: ucum, code: 'kg' },
  }),
  observation('o2', {
    code: { coding: [{ system: 'urn:c', code: 'y' }] },
    subject: { reference: 'Patient/b' },
    effectiveDateTime: '2024-04-01',
    valueQuantity: { value: 5, system: ucum, code: 'kg' },
  }),
  { resourceType: 'ValueSet', id: 'v', status: 'active', url: 'http://v.example/a/b' } as Resource,
  {
    resourceType: 'RiskAssessment',
    id: 'r',
    status: 'final',
    subject: { reference: 'Patient/a' },
    prediction: [{ probabilityDecimal: 0.4 }],
  } as Resource,
  {
    resourceType: 'Location',
    id: 'here',
    name: 'Site',
    position: { longitude: 4.83, latitude: 45.76 },
  } as Resource,
  {
    resourceType: 'List',
    id: 'list',
    status: 'current',
    mode: 'working',
    entry: [{ item: { reference: 'Patient/b' } }],
  } as Resource,
];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

/** Ids of the matches of a page in XML, in their order. */
function idsInXml(text: string): string[] {
  return text
    .split('<entry>')
    .slice(1)
    .filter((entry) => entry.includes('<mode value="match"/>'))
    .map((entry) => /<id value="([^"]+)"\/>/.exec(entry)![1]!);
}

async function inBundle(type: 'batch' | 'transaction', url: string): Promise<string[]> {
  const entry = [{ request: { method: 'GET', url } }];
  const answer = await http.post('', { resourceType: 'Bundle', type, entry });
  const page = answer.json<Bundle>().entry![0]!.resource as Bundle;
  return (page.entry ?? [])
    .filter(({ search }) => search?.mode === 'match')
    .map(({ resource }) => resource!.id!);
}

describe('a search says the same by every way to ask for it (http.html#search)', () => {
  test.each([
    ['Patient', 'name=lefe', 'a'],
    ['Patient', 'family:exact=Martin', 'b'],
    ['Patient', 'family:contains=art', 'b'],
    ['Patient', 'active:not=true', 'b'],
    ['Patient', 'active:missing=true', 'b'],
    ['Patient', 'identifier=urn:s%7C1', 'a'],
    ['Patient', 'birthdate=ge1980&birthdate=lt1981', 'a'],
    ['Patient', 'birthdate=1975,1980-05-17&_sort=birthdate', 'b a'],
    ['Patient', '_sort=-family', 'b a'],
    ['Patient', '_id=a,b&_count=1&_sort=_id', 'a'],
    ['Patient', 'organization.name=chu', 'a'],
    ['Patient', '_has:Observation:patient:code=y', 'b'],
    ['Patient', '_has:Observation:patient:value-quantity=gt60000%7C%7Cg', ''],
    ['Patient', '_list=list', 'b'],
    ['Patient', '_filter=family%20sw%20%22lef%22%20or%20active%20eq%20false', 'a'],
    ['Patient', '_text=allergique', 'a'],
    ['Patient', '_content=martin', 'b'],
    ['Patient', '_lastUpdated=gt2020-01-01&_sort=_id', 'a b'],
    ['Patient', 'family=mar&_include=Patient:organization&_revinclude=Observation:subject', 'b'],
    ['Patient', 'family=mar&_elements=name', 'b'],
    ['Patient', 'family=mar&_summary=true', 'b'],
    ['Observation', 'code=urn:c%7Cx', 'o1'],
    ['Observation', 'code:text=poi', 'o1'],
    ['Observation', 'subject=Patient/a', 'o1'],
    ['Observation', 'subject:Patient.birthdate=lt1980', 'o2'],
    ['Observation', 'date=sa2024-03-15', 'o2'],
    ['Observation', `value-quantity=gt60000%7C${ucum}%7Cg`, 'o1'],
    ['Observation', `code-value-quantity=y$5%7C${ucum}%7Ckg`, 'o2'],
    ['ValueSet', 'url:below=http://v.example/a', 'v'],
    ['RiskAssessment', 'probability=ap0.41', 'r'],
    ['Location', 'near=45.76%7C4.83%7C1%7Ckm', 'here'],
  ])('%s?%s', async (type, query, expected) => {
    const ids = expected === '' ? [] : expected.split(' ');
    const search = `${type}?${query}`;
    const answer = await http.get(search);
    expect(matchIds(answer)).toEqual(ids);
    expect(matchIds(await http.get(linkOf(answer, 'self')!))).toEqual(ids);
    expect(idsInXml((await http.get(search, { Accept: 'application/fhir+xml' })).text)).toEqual(ids);
    expect(matchIds(await http.post(`${type}/_search`, query, form))).toEqual(ids);
    expect(matchIds(await http.post(`${type}/_search?${query}`, '', form))).toEqual(ids);
    expect(idsInXml((await http.post(`${type}/_search`, `${query}&_format=xml`, form)).text)).toEqual(ids);
    expect(await inBundle('batch', search)).toEqual(ids);
    expect(await inBundle('transaction', search)).toEqual(ids);
    const strict = await http.get(search, { Prefer: 'handling=strict' });
    expect([strict.status, matchIds(strict)]).toEqual([200, ids]);
  });
});
