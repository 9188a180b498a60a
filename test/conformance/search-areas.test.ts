import type { Bundle, CapabilityStatement, Resource } from 'fhir/r4.d.ts';
import { type Answer, entriesOf, issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const resources: Resource[] = [
  { resourceType: 'Organization', id: 'org', name: 'Clinique', meta: { tag: [{ code: 'demo' }] } },
  {
    resourceType: 'Patient',
    id: 'p',
    meta: { tag: [{ code: 'demo' }] },
    managingOrganization: { reference: 'Organization/org' },
  },
  { resourceType: 'Patient', id: 'q', link: [{ other: { reference: 'Patient/p' }, type: 'seealso' }] },
  { resourceType: 'Practitioner', id: 'doc' },
  { resourceType: 'RelatedPerson', id: 'rel', patient: { reference: 'Patient/p' } },
  { resourceType: 'Device', id: 'dev', patient: { reference: 'Patient/p' } },
  {
    resourceType: 'Encounter',
    id: 'enc',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/p' },
    participant: [{ individual: { reference: 'Practitioner/doc' } }],
  },
  {
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { text: 'pulse' },
    subject: { reference: 'Patient/p' },
    encounter: { reference: 'Encounter/enc' },
    device: { reference: 'Device/dev' },
  },
  {
    resourceType: 'Observation',
    id: 'o2',
    status: 'amended',
    code: { text: 'weight' },
    subject: { reference: 'Patient/q' },
    performer: [{ reference: 'Patient/p' }, { reference: 'RelatedPerson/rel' }],
  },
  {
    resourceType: 'Observation',
    id: 'o3',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/q' },
  },
  {
    resourceType: 'List',
    id: 'list',
    status: 'current',
    mode: 'working',
    entry: [{ item: { reference: 'Observation/o1' } }, { item: { reference: 'Patient/q' } }],
  },
] as Resource[];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

function names(answer: Answer): string[] {
  expect(answer.status).toBe(200);
  return entriesOf(answer, 'match').map(({ resource }) => `${resource!.resourceType}/${resource!.id}`);
}

async function allNames(search: string): Promise<string[]> {
  const found: string[] = [];
  let url: string | undefined = search;
  while (url !== undefined) {
    const page: Answer = await http.get(url);
    found.push(...names(page));
    url = linkOf(page, 'next');
  }
  return found;
}

describe('search on the whole system (http.html#search)', () => {
  test('_type chooses the types', async () => {
    const answer = await http.get('?_type=Patient,Organization');
    expect(names(answer)).toEqual(['Organization/org', 'Patient/p', 'Patient/q']);
    expect(answer.json<Bundle>().total).toBe(3);
    expect(linkOf(answer, 'self')).toBe(`${http.base}?_type=Patient%2COrganization`);
  });

  test('without _type all types are searched', async () => {
    expect(names(await http.get('?_tag=demo'))).toEqual(['Organization/org', 'Patient/p']);
    expect(names(await http.get('?_id=p,o1'))).toEqual(['Observation/o1', 'Patient/p']);
  });

  test('pages hold each match once, over the bounds of types', async () => {
    const whole = names(await http.get('?_type=Observation,Patient,Device'));
    expect(whole).toHaveLength(6);
    for (const count of [1, 2, 3, 6]) {
      expect(await allNames(`?_type=Observation,Patient,Device&_count=${count}`)).toEqual(whole);
    }
    const last = await http.get('?_type=Observation,Patient,Device&_count=6');
    expect(linkOf(last, 'next')).toBeUndefined();
  });

  test('totals are those of all types', async () => {
    const counted = await http.get('?_type=Observation,Patient&_summary=count');
    expect(counted.json<Bundle>().total).toBe(5);
    const first = await http.get('?_type=Observation,Patient&_count=1&_total=accurate');
    expect(first.json<Bundle>().total).toBe(5);
  });

  test('a parameter that all types have narrows each of them', async () => {
    expect(names(await http.get('?_type=Observation,Encounter&patient=p'))).toEqual([
      'Encounter/enc',
      'Observation/o1',
    ]);
  });

  test('a parameter that one type lacks is ignored and named, or refused when strict', async () => {
    const search = '?_type=Observation,Patient&status=final';
    const lenient = await http.get(search);
    expect(names(lenient)).toHaveLength(5);
    expect(JSON.stringify(entriesOf(lenient, 'outcome'))).toContain('status');
    expect(linkOf(lenient, 'self')).not.toContain('status');
    expect((await http.get(search, { Prefer: 'handling=strict' })).status).toBe(400);
  });

  test('includes work over types', async () => {
    const answer = await http.get('?_type=Patient&_id=p&_include=Patient:organization');
    expect(entriesOf(answer, 'include').map(({ resource }) => resource!.id)).toEqual(['org']);
  });

  test('POST _search takes a form', async () => {
    const answer = await http.post('_search', '_type=Patient', {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(names(answer)).toEqual(['Patient/p', 'Patient/q']);
  });

  test('an entry of a batch may search the system', async () => {
    const entry = [{ request: { method: 'GET', url: '?_type=Organization' } }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    const inner = answer.json<Bundle>().entry![0]!.resource as Bundle;
    expect(inner.entry!.map(({ resource }) => resource!.id)).toEqual(['org']);
  });

  test.each(['?_type=Nothing', '?_type=Patient,Observation&_sort=birthdate', '?_type=Patient&_count=x'])(
    '%s is refused',
    async (search) => {
      const answer = await http.get(search);
      expect(answer.status).toBe(400);
      issueOf(answer);
    },
  );

  test('is told by the capability statement', async () => {
    const [rest] = (await http.get('metadata')).json<CapabilityStatement>().rest!;
    expect(rest!.interaction!.map(({ code }) => code)).toContain('search-system');
  });
});

describe('search in compartments (http.html#search, compartmentdefinition.html)', () => {
  test.each([
    ['Patient/p/Observation', ['Observation/o1', 'Observation/o2']],
    ['Patient/p/Observation?status=final', ['Observation/o1']],
    ['Patient/p/Patient', ['Patient/p', 'Patient/q']],
    ['Encounter/enc/Observation', ['Observation/o1']],
    ['Practitioner/doc/Encounter', ['Encounter/enc']],
    ['RelatedPerson/rel/Observation', ['Observation/o2']],
    ['Device/dev/Observation', ['Observation/o1']],
    ['Patient/nobody/Observation', []],
  ])('%s', async (search, expected) => {
    expect(names(await http.get(search))).toEqual(expected);
  });

  test('* stands for all types of the compartment', async () => {
    const whole = await allNames('Patient/p/*?_count=2');
    expect(whole).toEqual([
      'Encounter/enc',
      'Observation/o1',
      'Observation/o2',
      'Patient/p',
      'Patient/q',
      'RelatedPerson/rel',
    ]);
    expect(names(await http.get('Patient/p/*?_type=Encounter'))).toEqual(['Encounter/enc']);
  });

  test('POST _search and page links work within it', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(names(await http.post('Patient/p/Observation/_search', 'status=final', form))).toEqual([
      'Observation/o1',
    ]);
    for (const path of ['Patient/p/*/_search', 'Patient/p/_search']) {
      const answer = await http.post(path, '_type=Encounter', form);
      expect(names(answer)).toEqual(['Encounter/enc']);
      expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient/p/*?_type=Encounter`);
    }
    const first = await http.get('Patient/p/Observation?_count=1');
    const next = linkOf(first, 'next')!;
    expect(names(await http.get(next))).toEqual(['Observation/o2']);
    expect((await http.get(next.replace('/Patient/p/', '/Patient/q/'))).status).toBe(400);
  });

  test.each([
    'Organization/org/Observation',
    'Patient/p/Organization',
    'Patient/p%20x/Observation',
    'Patient/p/Nothing',
  ])('%s is not found', async (path) => expect((await http.get(path)).status).toBe(404));

  test('POST _search on what has no compartment is not found', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await http.post('Organization/org/_search', '_type=Patient', form)).status).toBe(404);
    expect((await http.delete('Patient/p/_search')).headers['allow']).toBe('GET, HEAD, POST');
  });
});

describe('_list (search.html#list)', () => {
  test('finds the items of a list, by the type that is searched', async () => {
    expect(matchIds(await http.get('Observation?_list=list'))).toEqual(['o1']);
    expect(matchIds(await http.get('Patient?_list=list'))).toEqual(['q']);
    expect(matchIds(await http.get('Patient?_list=absent'))).toEqual([]);
    expect(names(await http.get('?_list=list&_type=Observation,Patient'))).toEqual([
      'Observation/o1',
      'Patient/q',
    ]);
  });

  test('a current list without a patient is refused', async () => {
    expect((await http.get('Patient?_list=$current-allergies')).status).toBe(400);
  });
});
