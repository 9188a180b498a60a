import type { Bundle } from 'fhir/r4.d.ts';
import { issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const resources = [
  { resourceType: 'Patient', id: 'b', name: [{ family: 'Bernard' }], birthDate: '1990' },
  { resourceType: 'Organization', id: 'a', name: 'Clinique' },
  { resourceType: 'Patient', id: 'd', name: [{ family: 'Durand' }] },
  { resourceType: 'Organization', id: 'c', name: 'Aubry' },
  { resourceType: 'Practitioner', id: 'e', name: [{ family: 'Blanc' }] },
];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

/** The ids of all pages. */
async function ids(search: string): Promise<string> {
  const found: string[] = [];
  for (let url: string | undefined = search; url !== undefined; ) {
    const answer = await http.get(url);
    if (answer.status !== 200) throw new Error(answer.text);
    found.push(...(answer.json<Bundle>().entry ?? []).map(({ resource }) => resource!.id!));
    url = linkOf(answer, 'next');
  }
  return found.join(' ');
}

describe('_sort over several types (search.html#sort)', () => {
  test.each([
    ['?_type=Patient,Organization,Practitioner&_sort=_id', 'a b c d e'],
    ['?_type=Patient,Organization,Practitioner&_sort=-_id', 'e d c b a'],
    ['?_sort=_lastUpdated', 'b a d c e'],
    ['?_sort=-_lastUpdated&_count=2', 'e c d a b'],
    ['?_type=Patient,Organization,Practitioner&_sort=name&_count=1', 'c b e a d'],
    ['?_type=Patient,Organization,Practitioner&_sort=-name&_count=2', 'd a e b c'],
    ['?_type=Patient,Organization&_sort=name,-_id&name=b,c', 'b a'],
  ])('%s', async (search, expected) => expect(await ids(search)).toBe(expected));

  test('previous leads back', async () => {
    const first = await http.get('?_sort=_id&_count=2');
    const second = await http.get(linkOf(first, 'next')!);
    expect((await http.get(linkOf(second, 'previous')!)).json<Bundle>().entry).toEqual(
      first.json<Bundle>().entry,
    );
  });

  test.each([
    ['a parameter that a type lacks', '?_type=Patient,Organization&_sort=birthdate', 'value'],
    ['a name that is of two kinds', '?_type=Account,StructureDefinition&_sort=type', 'not-supported'],
    ['what is no parameter', '?_type=Patient,Organization&_sort=secret', 'value'],
    ['what cannot be sorted by', '?_type=Patient,Organization&_sort=_text', 'value'],
  ])('%s is refused', async (_, search, code) => {
    const answer = await http.get(search);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
    expect(answer.text).not.toContain('secret');
  });
});
