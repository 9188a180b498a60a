import type { Device, Resource } from 'fhir/r4.d.ts';
import { type Answer, entriesOf, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

/** o0 is part of o1, o1 of o2, and so on. */
const organizations = Array.from({ length: 8 }, (_, n) => ({
  resourceType: 'Organization',
  id: `o${n}`,
  name: `Level ${n}`,
  ...(n < 7 ? { partOf: { reference: `Organization/o${n + 1}` } } : {}),
}));

const resources = [
  ...organizations,
  { resourceType: 'Patient', id: 'near', managingOrganization: { reference: 'Organization/o5' } },
  { resourceType: 'Patient', id: 'far', managingOrganization: { reference: 'Organization/o0' } },
  {
    resourceType: 'Group',
    id: 'g',
    type: 'person',
    actual: true,
    member: [{ entity: { reference: 'Patient/near' } }],
  },
  {
    resourceType: 'Observation',
    id: 'obs',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/near' },
    focus: [{ reference: 'Patient/far' }],
  },
] as Resource[];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

function included(answer: Answer): string {
  expect(answer.status).toBe(200);
  const ids = entriesOf(answer, 'include').map(({ resource }) => resource!.id);
  expect(new Set(ids).size).toBe(ids.length);
  return ids.sort().join(' ');
}

describe('_include and _revinclude with :iterate and * (search.html#include)', () => {
  test.each([
    ['without :iterate one step is followed', 'Patient?_id=near&_include=Patient:organization', 'o5'],
    [
      ':iterate goes on from what is included',
      'Patient?_id=near&_include=Patient:organization&_include:iterate=Organization:partof',
      'o5 o6 o7',
    ],
    [
      ':iterate alone starts from the matches',
      'Organization?_id=o5&_include:iterate=Organization:partof',
      'o6 o7',
    ],
    [
      'over types',
      'Observation?_id=obs&_include=Observation:patient&_include:iterate=Patient:organization',
      'near o5',
    ],
    [
      '_revinclude:iterate',
      'Organization?_id=o5&_revinclude:iterate=Patient:organization&_revinclude:iterate=Group:member',
      'g near',
    ],
    [
      'both ways',
      'Patient?_id=near&_revinclude=Observation:subject&_include:iterate=Observation:focus',
      'far obs',
    ],
    ['_revinclude with all references of a type', 'Patient?_id=far&_revinclude=Observation:*', 'obs'],
    ['_include=* with :iterate', 'Group?_id=g&_include:iterate=*', 'near o5 o6 o7'],
    [':iterate with a target type', 'Group?_id=g&_include:iterate=Group:member:Device', ''],
  ])('%s', async (_, search, ids) => {
    expect(included(await http.get(search))).toBe(ids);
  });

  test('five steps are followed, and an outcome says that there is more', async () => {
    const answer = await http.get(
      'Patient?_id=far&_include=Patient:organization&_include:iterate=Organization:partof',
    );
    expect(included(answer)).toBe('o0 o1 o2 o3 o4');
    expect(JSON.stringify(entriesOf(answer, 'outcome'))).toContain('too-costly');
    const whole = await http.get('Organization?_id=o2&_include:iterate=Organization:partof');
    expect(included(whole)).toBe('o3 o4 o5 o6 o7');
    expect(entriesOf(whole, 'outcome')).toEqual([]);
  });

  test('a reference that names a version includes that version (search.html#versions)', async () => {
    const device = { resourceType: 'Device', id: 'd', status: 'active' } as Resource;
    await http.put('Device/d', device);
    await http.put('Device/d', { ...device, status: 'inactive' });
    for (const [id, version] of [
      ['first', '/_history/1'],
      ['current', ''],
      ['never', '/_history/9'],
    ]) {
      const code = { text: 'x' };
      const reference = { reference: `Device/d${version}` };
      await http.put(`Observation/${id}`, {
        resourceType: 'Observation',
        id,
        status: 'final',
        code,
        device: reference,
      });
    }
    const statusOf = async (id: string) => {
      const answer = await http.get(`Observation?_id=${id}&_include=Observation:device`);
      return entriesOf(answer, 'include').map(({ resource }) => (resource as Device).status);
    };
    expect(await statusOf('first')).toEqual(['active']);
    expect(await statusOf('current')).toEqual(['inactive']);
    expect(await statusOf('never')).toEqual(['inactive']);
  });

  test.each([
    'Patient?_include:iterate=Nothing:partof',
    'Patient?_include:iterate=Organization:name',
    'Patient?_include:always=Patient:organization',
    'Patient?_revinclude:iterate=Observation:code',
    'Patient?_revinclude=*',
  ])('%s is refused', async (search) => {
    const answer = await http.get(search);
    expect(answer.status).toBe(400);
    issueOf(answer);
  });
});
