import type { Group, Observation, Organization, Patient, Resource } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { expectMatches, putAll } from '../support/resources.ts';

const http = serverUnderTest();
const loinc = 'http://loinc.org';

const organizations: Organization[] = [
  { resourceType: 'Organization', id: 'group', name: 'Groupement' },
  { resourceType: 'Organization', id: 'chu', name: 'CHU', partOf: { reference: 'Organization/group' } },
  { resourceType: 'Organization', id: 'ward', name: 'Urgences', partOf: { reference: 'Organization/chu' } },
];

function patient(id: string, organization: string): Patient {
  return { resourceType: 'Patient', id, managingOrganization: { reference: `Organization/${organization}` } };
}

function observation(id: string, code: string, subject: string): Observation {
  const concept = { coding: [{ system: loinc, code }] };
  return { resourceType: 'Observation', id, status: 'final', code: concept, subject: { reference: subject } };
}

const cohort: Group = {
  resourceType: 'Group',
  id: 'cohort',
  type: 'person',
  actual: true,
  member: [{ entity: { reference: 'Patient/one' } }, { entity: { reference: 'Patient/two' } }],
};

const resources: Resource[] = [
  ...organizations,
  patient('one', 'ward'),
  patient('two', 'chu'),
  patient('three', 'ward'),
  observation('o1', '8867-4', 'Patient/one'),
  observation('o2', '29463-7', 'Patient/one'),
  observation('o3', '8867-4', 'Patient/three'),
  observation('o4', '8867-4', 'Patient/gone'),
  cohort,
];

beforeAll(() => putAll(http, resources));

describe('chains over several references (search.html#chaining)', () => {
  test.each([
    ['of two', 'Observation?patient.organization.name=urgences', 'o1 o2 o3'],
    ['of three', 'Observation?patient.organization.partof.name=chu', 'o1 o2 o3'],
    [
      'of four, types named',
      'Observation?subject:Patient.organization.partof.partof.name=groupement',
      'o1 o2 o3',
    ],
    ['with another criterion', 'Observation?patient.organization.name=urgences&code=29463-7', 'o2'],
    ['that leads to nothing', 'Observation?patient.organization.partof.partof.partof.name=groupement', ''],
    ['never reach what is not there', 'Observation?patient._id=gone', ''],
  ])('%s', (_, search, ids) => expectMatches(http, search, ids));
});

describe('reverse chaining (search.html#has)', () => {
  test.each([
    ['_has finds what is referred to', 'Patient?_has:Observation:patient:code=8867-4', 'one three'],
    ['_has takes modifiers', 'Patient?_has:Observation:patient:code:not=8867-4', 'one'],
    ['_has takes alternatives', 'Patient?_has:Observation:patient:code=29463-7,x', 'one'],
    [
      'two _has are both to be met',
      'Patient?_has:Observation:patient:code=8867-4&_has:Group:member:_id=cohort',
      'one',
    ],
    ['_has nested', 'Organization?_has:Patient:organization:_has:Observation:patient:code=8867-4', 'ward'],
    [
      '_has nested twice',
      'Organization?_has:Organization:partof:_has:Patient:organization:_has:Group:member:_id=cohort',
      'chu group',
    ],
    ['a chain and then _has', 'Observation?patient._has:Group:member:_id=cohort', 'o1 o2'],
    ['_has and then a chain', 'Group?_has:Observation:subject:patient.organization.name=x', ''],
    [
      '_has over a chain of its source',
      'Patient?_has:Observation:patient:subject:Patient.organization.name=urg',
      'one three',
    ],
  ])('%s', (_, search, ids) => expectMatches(http, search, ids));

  test('a deleted source counts no more', async () => {
    await http.put('Observation/brief', observation('brief', '718-7', 'Patient/two'));
    await expectMatches(http, 'Patient?_has:Observation:patient:code=718-7', 'two');
    await http.delete('Observation/brief');
    await expectMatches(http, 'Patient?_has:Observation:patient:code=718-7', '');
  });

  test.each([
    ['too-costly', 'Organization?partof.partof.partof.partof.partof.partof.name=x'],
    ['too-costly', 'Provenance?target.identifier=x'],
    ['not-supported', 'Patient?_has:Observation:code:code=x'],
    ['not-supported', 'Patient?_has:Nothing:patient:code=x'],
    ['not-supported', 'Patient?_has:Observation=x'],
  ])('%s: %s is refused', async (code, search) => {
    const answer = await http.get(search);
    expect(answer.status).toBe(400);
    expect(issueOf(answer).code).toBe(code);
  });
});
