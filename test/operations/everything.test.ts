import type { Bundle, CapabilityStatement, FhirResource } from 'fhir/r4.d.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { sealPage } from '../../src/interactions/page-link.ts';
import { careDateParameters } from '../../src/operations/everything/care-dates.ts';
import { createSearchParameters } from '../../src/search/parameters.ts';
import { type Answer, entriesOf, fhirHttp, issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';
import { startTestServer } from '../support/server.ts';

const http = serverUnderTest();

const put = async (...resources: (FhirResource & { id: string })[]) => {
  for (const resource of resources) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  }
};
const keys = (answer: Answer, mode: 'match' | 'include') =>
  entriesOf(answer, mode).map(({ resource }) => `${resource!.resourceType}/${resource!.id}`);
const reference = (text: string) => ({ reference: text });

/** Every page, by the links. */
async function pages(path: string): Promise<Answer[]> {
  const found: Answer[] = [];
  for (let url: string | undefined = path; url !== undefined; url = linkOf(found.at(-1)!, 'next')) {
    const answer = await http.get(url);
    expect(answer.status).toBe(200);
    found.push(answer);
  }
  return found;
}

const observation = (id: string, patient: string, more: object = {}): FhirResource & { id: string } => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: reference(`Patient/${patient}`),
  ...more,
});
const encounter = (id: string, patient: string, more: object = {}): FhirResource & { id: string } => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'AMB' },
  subject: reference(`Patient/${patient}`),
  ...more,
});

beforeAll(async () => {
  await put(
    { resourceType: 'Organization', id: 'chu', name: 'CHU' },
    { resourceType: 'Organization', id: 'pole', partOf: reference('Organization/chu') },
    { resourceType: 'Practitioner', id: 'dr-a' },
    { resourceType: 'Practitioner', id: 'dr-b' },
    { resourceType: 'Practitioner', id: 'dr-unrelated' },
    {
      resourceType: 'PractitionerRole',
      id: 'role-b',
      practitioner: reference('Practitioner/dr-b'),
      organization: reference('Organization/pole'),
    },
    { resourceType: 'Patient', id: 'ann', generalPractitioner: [reference('Practitioner/dr-a')] },
    { resourceType: 'Patient', id: 'bob' },
    { resourceType: 'EpisodeOfCare', id: 'ep', status: 'active', patient: reference('Patient/ann') },
    encounter('stay', 'ann', {
      period: { start: '2024-03-01', end: '2024-03-10' },
      episodeOfCare: [reference('EpisodeOfCare/ep')],
      serviceProvider: reference('Organization/chu'),
    }),
    encounter('visit', 'ann', { period: { start: '2020-01-01', end: '2020-01-01' } }),
    observation('o1', 'ann', {
      effectiveDateTime: '2024-03-02',
      performer: [reference('Practitioner/dr-a')],
      encounter: reference('Encounter/stay'),
    }),
    observation('o2', 'ann', {
      effectiveDateTime: '2020-01-01',
      performer: [reference('PractitionerRole/role-b'), reference('Practitioner/dr-a')],
    }),
    observation('o3', 'ann', { hasMember: [reference('Observation/of-bob')] }),
    observation('of-bob', 'bob', { performer: [reference('Practitioner/dr-b')] }),
    {
      resourceType: 'Condition',
      id: 'problem',
      subject: reference('Patient/ann'),
      onsetDateTime: '2019',
    },
    {
      resourceType: 'Group',
      id: 'cohort',
      type: 'person',
      actual: true,
      member: [
        { entity: reference('Patient/ann') },
        { entity: reference('Patient/bob'), inactive: true },
        { entity: reference('Practitioner/dr-unrelated') },
      ],
    },
  );
});

const ofAnn = [
  'Patient/ann',
  'EpisodeOfCare/ep',
  'Encounter/stay',
  'Encounter/visit',
  'Observation/o1',
  'Observation/o2',
  'Observation/o3',
  'Condition/problem',
  'Group/cohort',
];
const aroundAnn = [
  'Practitioner/dr-a',
  'Organization/chu',
  'PractitionerRole/role-b',
  'Practitioner/dr-b',
  'Organization/pole',
  'Practitioner/dr-unrelated',
];

describe('Patient/[id]/$everything (patient-operation-everything)', () => {
  test('the patient first, the compartment, and what they refer to, each resource once', async () => {
    const answer = await http.get('Patient/ann/$everything');
    const matches = keys(answer, 'match');
    expect(matches[0]).toBe('Patient/ann');
    expect(matches.toSorted()).toEqual(ofAnn.toSorted());
    expect(keys(answer, 'include').toSorted()).toEqual(aroundAnn.toSorted());
    const bundle = answer.json<Bundle>();
    expect([bundle.type, bundle.total]).toEqual(['searchset', ofAnn.length]);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient/ann/$everything`);
    expect(linkOf(answer, 'next')).toBeUndefined();
  });

  test('shows nothing of another patient, even where it is referred to', async () => {
    const answer = await http.get('Patient/ann/$everything');
    expect(answer.text).not.toContain('"id":"of-bob"');
    expect(answer.text).not.toContain('"id":"bob"');
  });

  test.each([1, 2, 3, 8, 9])('by pages of %d nothing is lost or sent twice', async (count) => {
    const found = await pages(`Patient/ann/$everything?_count=${count}`);
    expect(found).toHaveLength(Math.ceil(ofAnn.length / count));
    expect(found.flatMap((page) => keys(page, 'match')).toSorted()).toEqual(ofAnn.toSorted());
    expect(found.flatMap((page) => keys(page, 'include')).toSorted()).toEqual(aroundAnn.toSorted());
  });

  test('a page link works twice, cannot be forged, and belongs to its patient', async () => {
    const next = linkOf(await http.get('Patient/ann/$everything?_count=3'), 'next')!;
    const [first, second] = [await http.get(next), await http.get(next)];
    expect(keys(first, 'match')).toEqual(keys(second, 'match'));
    expect(keys(first, 'include')).toEqual(keys(second, 'include'));
    expect((await http.get(`${next.slice(0, -3)}xyz`)).status).toBe(400);
    expect((await http.get(next.replace('ann', 'bob'))).status).toBe(400);
  });

  test('start and end limit the dates of care; what has no date stays', async () => {
    const ask = async (query: string) => keys(await http.get(`Patient/ann/$everything?${query}`), 'match');
    const undated = ['EpisodeOfCare/ep', 'Group/cohort', 'Observation/o3', 'Patient/ann'];
    const late = await ask('start=2024-03-05');
    expect(late.toSorted()).toEqual([...undated, 'Encounter/stay'].toSorted());
    const early = await ask('end=2020-01');
    expect(early.toSorted()).toEqual(
      [...undated, 'Condition/problem', 'Encounter/visit', 'Observation/o2'].toSorted(),
    );
    expect(await ask('start=2024-03-02&end=2024-03-02')).toContain('Observation/o1');
  });

  test('_type limits what is sent, with the resources that only others lead to', async () => {
    const ask = async (types: string) => {
      const answer = await http.get(`Patient/ann/$everything?_type=${types}`);
      return [...keys(answer, 'match'), ...keys(answer, 'include')].toSorted();
    };
    expect(await ask('Condition,EpisodeOfCare')).toEqual(['Condition/problem', 'EpisodeOfCare/ep']);
    expect(await ask('Condition&_type=Patient')).toEqual(['Condition/problem', 'Patient/ann']);
    expect(await ask('Organization')).toEqual(['Organization/chu', 'Organization/pole']);
  });

  test('_since leaves out what was not written since', async () => {
    const { headers } = await http.get('Patient/ann');
    const later = new Date(Date.parse(headers['last-modified']!) + 3_600_000).toISOString();
    expect(entriesOf(await http.get(`Patient/ann/$everything?_since=${later}`), 'match')).toEqual([]);
    const earlier = await http.get('Patient/ann/$everything?_since=2020-01-01T00:00:00Z');
    expect(keys(earlier, 'match')).toHaveLength(ofAnn.length);
  });

  test('takes Parameters by POST', async () => {
    const parameter = [
      { name: '_type', valueCode: 'Condition' },
      { name: '_count', valueInteger: 5 },
      { name: 'end', valueDate: '2020' },
    ];
    const answer = await http.post('Patient/ann/$everything', { resourceType: 'Parameters', parameter });
    expect(keys(answer, 'match')).toEqual(['Condition/problem']);
  });

  test('is 404 for an unknown patient, 410 for a deleted one', async () => {
    await put({ resourceType: 'Patient', id: 'gone' });
    await http.delete('Patient/gone');
    expect((await http.get('Patient/nobody/$everything')).status).toBe(404);
    expect((await http.get('Patient/gone/$everything')).status).toBe(410);
  });

  test.each([
    ['start=yesterday', 'value'],
    ['start=2024&end=2023', 'value'],
    ['_type=Patience', 'value'],
    ['_count=0', 'value'],
    ['_count=many', 'value'],
    ['_since=x', 'value'],
    ['_since=2024&_since=2025', 'structure'],
    ['depth=2', 'not-supported'],
  ])('%s is refused with 400', async (query, code) => {
    const answer = await http.get(`Patient/ann/$everything?${query}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });
});

describe('Patient/$everything', () => {
  test('sends the record of every patient, each resource once, by pages', async () => {
    for (const count of [2, 5, 1000]) {
      const found = await pages(`Patient/$everything?_count=${count}`);
      const matches = found.flatMap((page) => keys(page, 'match'));
      expect(new Set(matches).size).toBe(matches.length);
      expect(matches).toEqual(expect.arrayContaining([...ofAnn, 'Patient/bob', 'Observation/of-bob']));
      const includes = found.flatMap((page) => keys(page, 'include'));
      expect(includes.toSorted()).toEqual(aroundAnn.toSorted());
    }
  });
});

describe('$everything on other types', () => {
  test('Encounter: its compartment, its patient and its organization', async () => {
    const answer = await http.get('Encounter/stay/$everything');
    expect(keys(answer, 'match')).toEqual(['Encounter/stay', 'Observation/o1']);
    expect(keys(answer, 'include').toSorted()).toEqual([
      'EpisodeOfCare/ep',
      'Organization/chu',
      'Patient/ann',
      'Practitioner/dr-a',
    ]);
  });

  test('Encounter: a referenced resource that is also a member is sent as a member alone', async () => {
    await put(
      encounter('round', 'bob'),
      observation('part', 'bob', { encounter: reference('Encounter/round') }),
      observation('elsewhere', 'bob'),
      observation('panel', 'bob', {
        encounter: reference('Encounter/round'),
        hasMember: [reference('Observation/part'), reference('Observation/elsewhere')],
      }),
    );
    const found = await pages('Encounter/round/$everything?_count=2');
    expect(found.flatMap((page) => keys(page, 'match')).toSorted()).toEqual([
      'Encounter/round',
      'Observation/panel',
      'Observation/part',
    ]);
    expect(found.flatMap((page) => keys(page, 'include')).toSorted()).toEqual([
      'Observation/elsewhere',
      'Patient/bob',
    ]);
  });

  test('EpisodeOfCare: its encounters and what is in their compartments', async () => {
    const answer = await http.get('EpisodeOfCare/ep/$everything');
    expect(keys(answer, 'match').toSorted()).toEqual([
      'Encounter/stay',
      'EpisodeOfCare/ep',
      'Observation/o1',
    ]);
    expect(keys(answer, 'include')).toContain('Patient/ann');
  });

  test('Group: the records of its active patients', async () => {
    for (const count of [2, 1000]) {
      const found = await pages(`Group/cohort/$everything?_count=${count}`);
      const matches = found.flatMap((page) => keys(page, 'match'));
      expect(matches[0]).toBe('Group/cohort');
      expect(matches.toSorted()).toEqual(ofAnn.toSorted());
    }
  });

  test('Practitioner: the compartment, with the patients', async () => {
    const answer = await http.get('Practitioner/dr-a/$everything');
    expect(keys(answer, 'match').toSorted()).toEqual([
      'Observation/o1',
      'Observation/o2',
      'Patient/ann',
      'Practitioner/dr-a',
    ]);
  });

  test('Organization: what refers to it', async () => {
    const answer = await http.get('Organization/chu/$everything');
    expect(keys(answer, 'match').toSorted()).toEqual([
      'Encounter/stay',
      'Organization/chu',
      'Organization/pole',
    ]);
    expect(keys(answer, 'include')).toContain('Patient/ann');
  });

  test('only Patient has it at type level, and other types not at all', async () => {
    expect((await http.get('Encounter/$everything')).status).toBe(404);
    expect((await http.get('Observation/o1/$everything')).status).toBe(404);
  });

  test('EpisodeOfCare takes no dates of care: they are its own', async () => {
    expect((await http.get('EpisodeOfCare/ep/$everything?start=2024')).status).toBe(400);
  });

  test('the CapabilityStatement gives the definition of each', async () => {
    const { rest } = (await http.get('metadata')).json<CapabilityStatement>();
    const definitions = rest![0]!.resource!.flatMap(({ type, operation = [] }) =>
      operation.filter(({ name }) => name === 'everything').map(({ definition }) => [type, definition]),
    );
    const standard = 'http://hl7.org/fhir/OperationDefinition';
    const own = 'https://passerelle.fr/fhir/OperationDefinition/Resource-everything';
    expect(Object.fromEntries(definitions)).toEqual({
      Patient: `${standard}/Patient-everything`,
      Encounter: `${standard}/Encounter-everything`,
      Group: `${standard}/Group-everything`,
      EpisodeOfCare: own,
      Practitioner: own,
      Organization: own,
    });
  });
});

describe('the presentation of $everything (http.html#general)', () => {
  test('page links keep the format', async () => {
    const answer = await http.get('Patient/ann/$everything?_count=1&_pretty=true&_format=json');
    expect(linkOf(answer, 'self')).toMatch(/_count=1&_pretty=true&_format=json$/);
    const next = await http.get(linkOf(answer, 'next')!);
    expect(next.text).toContain('\n  "resourceType"');
    expect(next.status).toBe(200);
  });

  test('_summary and _elements cut the resources down, over all pages', async () => {
    for (const query of ['_summary=text', '_elements=status,birthDate']) {
      const found = await pages(`Patient/ann/$everything?_count=2&${query}`);
      expect(found.length).toBeGreaterThan(1);
      const resources = found.flatMap((page) => entriesOf(page, 'match').map(({ resource }) => resource!));
      for (const { resourceType, id, meta } of resources) {
        expect([resourceType, id, meta?.tag?.map(({ code }) => code)]).toEqual([
          resourceType,
          id,
          ['SUBSETTED'],
        ]);
      }
      expect(resources.filter((resource) => 'generalPractitioner' in resource)).toEqual([]);
    }
  });

  test('_summary=count is for searches', async () => {
    expect((await http.get('Patient/ann/$everything?_summary=count')).status).toBe(400);
  });
});

describe('a page link that is too old', () => {
  test('is refused with 410', async () => {
    const server = await startTestServer();
    const { spine } = server.running.core;
    const path = 'Patient/old/$everything';
    const cursor = JSON.stringify({ position: { step: 1 }, key: 'everything forgotten' });
    const token = sealPage(spine.pagingSecret, { query: [], cursor }, `default ${path}`);
    const old = fhirHttp(server.origin);
    await old.put('Patient/old', { resourceType: 'Patient', id: 'old' });
    const answer = await old.get(`${path}?_cursor=${token}`);
    await server.stop();
    expect([answer.status, issueOf(answer).code]).toEqual([410, 'expired']);
  });
});

describe('the dates of care', () => {
  const parameters = createSearchParameters(loadDefinitions());

  test('are date parameters of their types', () => {
    for (const [type, code] of Object.entries(careDateParameters)) {
      expect([type, code, parameters.get(type, code)?.family]).toEqual([type, code, 'date']);
    }
  });
});
