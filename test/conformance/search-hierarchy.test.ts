import type { Resource } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const roleCode = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';

const person = (id: string, code: string) => ({
  resourceType: 'RelatedPerson',
  id,
  patient: { reference: 'Patient/p' },
  relationship: [{ coding: [{ system: roleCode, code }] }],
});

/** `l0` holds `l1`, which holds `l2`, and so on. */
const locations = Array.from({ length: 8 }, (_, n) => ({
  resourceType: 'Location',
  id: `l${n}`,
  ...(n === 0 ? {} : { partOf: { reference: `Location/l${n - 1}` } }),
}));

const encounters = [0, 1, 2, 5, 6].map((n) => ({
  resourceType: 'Encounter',
  id: `e${n}`,
  status: 'finished',
  class: { code: 'AMB' },
  location: [{ location: { reference: `Location/l${n}` } }],
}));

beforeAll(async () => {
  const resources = [
    { resourceType: 'Patient', id: 'p' },
    person('father', 'NFTH'),
    person('parent', 'PRN'),
    person('sister', 'SIS'),
    ...locations,
    ...encounters,
  ] as Resource[];
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

async function found(search: string): Promise<string> {
  const answer = await http.get(search);
  if (answer.status !== 200) throw new Error(answer.text);
  return matchIds(answer).sort().join(' ');
}

describe('codes below and above in their code system (search.html#modifiers)', () => {
  test.each([
    [`RelatedPerson?relationship:below=${roleCode}|PRN`, 'father parent'],
    [`RelatedPerson?relationship:below=${roleCode}|FAMMEMB`, 'father parent sister'],
    [`RelatedPerson?relationship:above=${roleCode}|NFTH`, 'father parent'],
    [`RelatedPerson?relationship:below=${roleCode}|SIS`, 'sister'],
    [`Patient?_has:RelatedPerson:patient:relationship:below=${roleCode}|SIB`, 'p'],
  ])('%s', async (search, ids) => expect(await found(search)).toBe(ids));

  test('a CodeSystem resource tells the hierarchy of its codes', async () => {
    const system = 'http://example.org/kinship';
    await http.put('RelatedPerson/neighbour', {
      resourceType: 'RelatedPerson',
      id: 'neighbour',
      patient: { reference: 'Patient/p' },
      relationship: [{ coding: [{ system, code: 'next-door' }] }],
    });
    const search = `RelatedPerson?relationship:below=${system}|neighbour`;
    expect((await http.get(search)).status).toBe(400);
    const codeSystem = {
      resourceType: 'CodeSystem',
      id: 'kinship',
      url: system,
      status: 'active',
      content: 'complete',
      concept: [{ code: 'neighbour', concept: [{ code: 'next-door' }] }],
    };
    await http.put('CodeSystem/kinship', codeSystem);
    expect(await found(search)).toBe('neighbour');
    expect(await found(`RelatedPerson?relationship:above=${system}|next-door`)).toBe('neighbour');
    await http.put('CodeSystem/kinship', { ...codeSystem, hierarchyMeaning: 'part-of' });
    expect((await http.get(search)).status).toBe(400);
  });

  test('a system whose hierarchy is not known is refused, without its name', async () => {
    const answer = await http.get('RelatedPerson?relationship:below=http://unknown.test|secret');
    expect(answer.status).toBe(400);
    expect(issueOf(answer)).toMatchObject({ code: 'value', expression: ['relationship:below'] });
    expect(answer.text).not.toMatch(/secret|unknown/);
  });
});

describe('references below and above in the hierarchy of their targets (search.html#recursive)', () => {
  test.each([
    ['Encounter?location:below=l1', 'e1 e2 e5 e6'],
    ['Encounter?location:below=Location/l5', 'e5 e6'],
    ['Encounter?location:below=l0', 'e0 e1 e2 e5'],
    ['Encounter?location:above=l2', 'e0 e1 e2'],
    ['Encounter?location:above=Location/l6', 'e1 e2 e5 e6'],
    ['Encounter?location:below=l7,l5', 'e5 e6'],
    ['Location?partof:below=l5', 'l6 l7'],
    ['Encounter?location:below=nowhere', ''],
  ])('%s', async (search, ids) => expect(await found(search)).toBe(ids));

  test('a target without a hierarchy is refused', async () => {
    expect((await http.get('RelatedPerson?patient:below=p')).status).toBe(400);
    expect((await http.get('Encounter?location:below=Patient/p')).status).toBe(400);
  });
});

describe(':in and :not-in with ValueSet resources (search.html#modifiers)', () => {
  const url = 'http://example.org/ValueSet/parents';
  const base = { resourceType: 'ValueSet', status: 'active' };

  beforeAll(async () => {
    const valueSets = [
      {
        id: 'parents',
        url,
        compose: { include: [{ system: roleCode, concept: [{ code: 'PRN' }, { code: 'NFTH' }] }] },
      },
      { id: 'all', url: 'http://example.org/ValueSet/all', compose: { include: [{ system: roleCode }] } },
      {
        id: 'imports',
        url: 'http://example.org/ValueSet/imports',
        compose: { include: [{ valueSet: [url] }] },
      },
      {
        id: 'without',
        url: 'http://example.org/ValueSet/without',
        compose: {
          include: [{ system: roleCode, concept: [{ code: 'PRN' }, { code: 'SIS' }] }],
          exclude: [{ system: roleCode, concept: [{ code: 'SIS' }] }],
        },
      },
      {
        id: 'round',
        url: 'http://example.org/ValueSet/round',
        compose: { include: [{ valueSet: ['http://example.org/ValueSet/round-about'] }] },
      },
      {
        id: 'round-about',
        url: 'http://example.org/ValueSet/round-about',
        compose: { include: [{ valueSet: ['http://example.org/ValueSet/round'] }] },
      },
      {
        id: 'filter',
        url: 'http://example.org/ValueSet/filter',
        compose: {
          include: [{ system: roleCode, filter: [{ property: 'concept', op: 'is-a', value: 'PRN' }] }],
        },
      },
      {
        id: 'foreign',
        url: 'http://example.org/ValueSet/foreign',
        compose: {
          include: [
            { system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: '1' }] },
          ],
        },
      },
    ];
    for (const valueSet of valueSets) {
      const answer = await http.put(`ValueSet/${valueSet.id}`, { ...base, ...valueSet });
      if (answer.status !== 201) throw new Error(answer.text);
    }
  });

  test.each([
    [`:in=${url}`, 'father parent'],
    [`:in=${url}|1.0`, 'father parent'],
    [':in=ValueSet/parents', 'father parent'],
    [':in=http://example.org/ValueSet/all', 'father parent sister'],
    [':in=http://example.org/ValueSet/imports', 'father parent'],
    [':in=http://example.org/ValueSet/without', 'parent'],
    [':in=http://example.org/ValueSet/filter', 'father parent'],
    [`:not-in=${url}`, 'neighbour sister'],
  ])('relationship%s', async (criterion, ids) => {
    expect(await found(`RelatedPerson?relationship${criterion}`)).toBe(ids);
  });

  test.each([
    'http://example.org/ValueSet/foreign',
    'http://example.org/ValueSet/round',
    'ValueSet/absent',
    'http://unknown.test/vs',
  ])('%s cannot be expanded and is refused', async (valueSet) => {
    const answer = await http.get(`RelatedPerson?relationship:in=${valueSet}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
  });
});
