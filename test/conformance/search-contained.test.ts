import type { Bundle, Resource } from 'fhir/r4.d.ts';
import { issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const medication = (id: string, text: string, ingredient: string) => ({
  resourceType: 'Medication',
  id,
  code: { coding: [{ system: 'urn:drug', code: text }], text },
  ingredient: [{ itemCodeableConcept: { coding: [{ system: 'urn:substance', code: ingredient }] } }],
});

const request = (id: string, medications: object[], reference?: string) => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p' },
  ...(medications.length === 0 ? {} : { contained: medications }),
  ...(reference === undefined
    ? { medicationCodeableConcept: { text: 'none' } }
    : { medicationReference: { reference } }),
});

beforeAll(async () => {
  const resources = [
    { resourceType: 'Patient', id: 'p' },
    medication('own', 'amoxicillin', 'penicillin'),
    request('inside', [medication('m1', 'amoxicillin', 'penicillin')], '#m1'),
    request(
      'two',
      [medication('a', 'aspirin', 'salicylate'), medication('b', 'amoxicillin', 'penicillin')],
      '#a',
    ),
    request('outside', [], 'Medication/own'),
    request('plain', []),
  ] as Resource[];
  for (const resource of resources) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(answer.text);
  }
});

/** The full URLs of the matches below the base, sorted. */
async function urls(search: string): Promise<string[]> {
  const answer = await http.get(search);
  if (answer.status !== 200) throw new Error(answer.text);
  const entries = answer.json<Bundle>().entry ?? [];
  return entries.map(({ fullUrl = '' }) => fullUrl.slice(http.base.length + 1)).sort();
}

describe('_contained and _containedType (search.html#contained)', () => {
  const amoxicillin = 'Medication?code=urn:drug|amoxicillin';
  test.each([
    ['by default contained resources are not looked at', '', ['Medication/own']],
    ['false says so', '&_contained=false', ['Medication/own']],
    ['true answers containers', '&_contained=true', ['MedicationRequest/inside', 'MedicationRequest/two']],
    [
      'both looks at all',
      '&_contained=both',
      ['Medication/own', 'MedicationRequest/inside', 'MedicationRequest/two'],
    ],
    [
      'contained answers the contained resources',
      '&_contained=true&_containedType=contained',
      ['MedicationRequest/inside#m1', 'MedicationRequest/two#b'],
    ],
    [
      'and beside others with both',
      '&_contained=both&_containedType=contained',
      ['Medication/own', 'MedicationRequest/inside#m1', 'MedicationRequest/two#b'],
    ],
    [
      'container is the default',
      '&_contained=true&_containedType=container',
      ['MedicationRequest/inside', 'MedicationRequest/two'],
    ],
  ])('%s', async (_, parameters, expected) => {
    expect(await urls(amoxicillin + parameters)).toEqual(expected);
  });

  test('the entry of a contained resource holds it as it stands in its container', async () => {
    const answer = await http.get('Medication?code=aspirin&_contained=true&_containedType=contained');
    expect(answer.json<Bundle>().entry).toEqual([
      {
        fullUrl: `${http.base}/MedicationRequest/two#a`,
        resource: medication('a', 'aspirin', 'salicylate'),
        search: { mode: 'match' },
      },
    ]);
    const xml = await http.get('Medication?code=aspirin&_contained=true&_containedType=contained', {
      Accept: 'application/fhir+xml',
    });
    expect(xml.text).toContain(`<fullUrl value="${http.base}/MedicationRequest/two#a"/>`);
  });

  test('a container with several matches comes once', async () => {
    expect(await urls('Medication?_contained=true')).toEqual([
      'MedicationRequest/inside',
      'MedicationRequest/two',
    ]);
  });

  test.each([
    ['_id=m1&_contained=true', ['MedicationRequest/inside']],
    ['_id=m1&_contained=true&_containedType=contained', ['MedicationRequest/inside#m1']],
    [
      '_id=a,b&_contained=true&_containedType=contained',
      ['MedicationRequest/two#a', 'MedicationRequest/two#b'],
    ],
    ['_id=own,b&_contained=both', ['Medication/own', 'MedicationRequest/two']],
    ['_id=b&code=aspirin&_contained=true', []],
    [
      '_id:not=a&_contained=true&_containedType=contained',
      ['MedicationRequest/inside#m1', 'MedicationRequest/two#b'],
    ],
    ['_id=own&_contained=true', []],
    ['_id=m1', []],
  ])('_id is the id within the container: %s', async (query, expected) => {
    expect(await urls(`Medication?${query}`)).toEqual(expected);
  });

  test('counts, words, sorting and pages see them too', async () => {
    const { total } = (await http.get('Medication?_contained=both&_summary=count')).json<Bundle>();
    expect(total).toBe(4);
    expect(await urls('Medication?_content=aspirin&_contained=true')).toEqual(['MedicationRequest/two']);
    const sorted = await http.get('Medication?_contained=true&_containedType=contained&_sort=code&_count=1');
    expect(matchIds(sorted)).toHaveLength(1);
    const next = linkOf(sorted, 'next')!;
    expect(await urls(next)).toHaveLength(1);
    expect(linkOf(sorted, 'self')).toContain('_contained=true&_containedType=contained');
  });

  test('several types', async () => {
    expect(await urls('?_type=Medication,Patient&_contained=both')).toEqual([
      'Medication/own',
      'MedicationRequest/inside',
      'MedicationRequest/two',
      'Patient/p',
    ]);
  });

  test('a chain goes to contained targets as to others', async () => {
    expect(await urls('MedicationRequest?medication.code=amoxicillin')).toEqual([
      'MedicationRequest/inside',
      'MedicationRequest/outside',
    ]);
    expect(await urls('MedicationRequest?medication.ingredient-code=salicylate')).toEqual([
      'MedicationRequest/two',
    ]);
  });

  test('an update replaces what was contained, and a deletion removes it', async () => {
    const found = () => urls('Medication?code=codeine,morphine&_contained=true&_containedType=contained');
    await http.put('MedicationRequest/late', request('late', [medication('x', 'codeine', 'opium')], '#x'));
    expect(await found()).toEqual(['MedicationRequest/late#x']);
    await http.put('MedicationRequest/late', request('late', [medication('y', 'morphine', 'opium')], '#y'));
    expect(await found()).toEqual(['MedicationRequest/late#y']);
    await http.put('MedicationRequest/late', request('late', []));
    expect(await found()).toEqual([]);
    await http.put('MedicationRequest/late', request('late', [medication('x', 'codeine', 'opium')], '#x'));
    expect(await found()).toEqual(['MedicationRequest/late#x']);
    await http.delete('MedicationRequest/late');
    expect(await found()).toEqual([]);
    expect(await urls('MedicationRequest?medication.code=codeine')).toEqual([]);
  });

  test('they are no resources of their own: no read, no history, no include', async () => {
    expect((await http.get('Medication/m1')).status).toBe(404);
    expect((await http.get('_history?_count=1000')).text).not.toContain('inside#m1');
    expect(await urls('MedicationRequest?_id=inside&_include=MedicationRequest:medication')).toEqual([
      'MedicationRequest/inside',
    ]);
  });

  test.each(['_contained=yes', '_containedType=both', '_contained=TRUE'])('%s is refused', async (query) => {
    const answer = await http.get(`Medication?${query}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
  });

  describe('a container is answered once over all pages', () => {
    const texts = ['x', 'y', 'z'];
    const boxes = Array.from({ length: 5 }, (_, n) =>
      request(
        `box-${n}`,
        // Sorted by code the medications of a container are far from each other.
        texts.map((text, at) => medication(`m${at}`, `box-${text}${(n * 2) % 5}`, 'boxed')),
        '#m0',
      ),
    );

    beforeAll(async () => {
      for (const box of boxes) await http.put(`MedicationRequest/${box.id}`, box);
      await http.put('Medication/boxed', medication('boxed', 'box-x', 'boxed'));
    });

    test.each([
      ['unsorted', 'Medication?ingredient-code=boxed&_contained=true'],
      ['sorted', 'Medication?ingredient-code=boxed&_contained=true&_sort=code'],
      ['sorted the other way', 'Medication?ingredient-code=boxed&_contained=true&_sort=-code'],
      ['beside others', 'Medication?ingredient-code=boxed&_contained=both&_sort=code'],
      ['as a match itself too', '?_type=Medication,MedicationRequest&_contained=both&_lastUpdated=gt2000'],
    ])('%s', async (_, search) => {
      for (const count of [1, 2, 4, 100]) {
        const found: string[] = [];
        let next: string | undefined = `${search}&_count=${count}`;
        while (next !== undefined) {
          const answer = await http.get(next);
          expect(answer.status).toBe(200);
          found.push(...(answer.json<Bundle>().entry ?? []).map(({ fullUrl = '' }) => fullUrl));
          next = linkOf(answer, 'next');
        }
        expect(new Set(found).size).toBe(found.length);
        for (const { id } of boxes) expect(found).toContain(`${http.base}/MedicationRequest/${id}`);
        expect(found.includes(`${http.base}/Medication/boxed`)).toBe(search.includes('both'));
      }
    });
  });
});
