import { patientsOf, patientsOfText } from '../../src/audit/patients.ts';

const cases: [name: string, resource: Record<string, unknown>, patients: string[]][] = [
  ['a Patient', { resourceType: 'Patient', id: 'p1' }, ['p1']],
  [
    'a Patient with a link',
    { resourceType: 'Patient', id: 'p1', link: [{ other: { reference: 'Patient/p2' }, type: 'seealso' }] },
    ['p1', 'p2'],
  ],
  [
    'an Observation, once',
    {
      resourceType: 'Observation',
      id: 'o',
      subject: { reference: 'Patient/p1' },
      performer: [{ reference: 'Patient/p1' }],
    },
    ['p1'],
  ],
  [
    'a reference with a version',
    { resourceType: 'Task', id: 't', for: { reference: 'Patient/p1/_history/2' } },
    ['p1'],
  ],
  [
    'a Binary with a context',
    { resourceType: 'Binary', id: 'b', securityContext: { reference: 'Patient/p1' } },
    ['p1'],
  ],
  [
    'references elsewhere and to others',
    {
      resourceType: 'Observation',
      id: 'o',
      subject: { reference: 'https://other.example/fhir/Patient/p1' },
      encounter: { reference: 'Encounter/Patient' },
      note: [{ text: '"reference":"Patient/in-a-text"' }],
    },
    [],
  ],
  ['what is no id', { resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/' } }, []],
  [
    'a Group',
    {
      resourceType: 'Group',
      id: 'g',
      member: [{ entity: { reference: 'Patient/a' } }, { entity: { reference: 'Patient/b' } }],
    },
    ['a', 'b'],
  ],
  [
    'the longest id',
    { resourceType: 'Flag', id: 'f', subject: { reference: `Patient/${'x'.repeat(64)}` } },
    ['x'.repeat(64)],
  ],
];

test.each(cases)('%s', (_name, resource, patients) => {
  const { resourceType: type, id } = resource as { resourceType: string; id: string };
  const body = JSON.stringify(resource);
  expect(patientsOf({ type, id, body: Buffer.from(body) })).toEqual(patients);
  expect(patientsOfText({ type, id, body })).toEqual(patients);
});

test('letters of several bytes before a reference do not shift it', () => {
  const body = JSON.stringify({ text: 'é€😀', subject: { reference: 'Patient/p1' } });
  expect(patientsOf({ type: 'Observation', id: 'o', body: Buffer.from(body) })).toEqual(['p1']);
});
