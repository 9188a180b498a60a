import type { List, Resource } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const uses = 'http://terminology.hl7.org/CodeSystem/list-example-use-codes';

const allergy = (id: string, patient: string, category: 'food' | 'medication') => ({
  resourceType: 'AllergyIntolerance',
  id,
  patient: { reference: `Patient/${patient}` },
  category: [category],
});

const list = (id: string, patient: string, code: List['code'], items: string[], status = 'current') => ({
  resourceType: 'List',
  id,
  status,
  mode: 'working',
  code,
  subject: { reference: `Patient/${patient}` },
  entry: items.map((reference) => ({ item: { reference } })),
});

const use = (code: string) => ({ coding: [{ system: uses, code }] });

beforeAll(async () => {
  const resources = [
    { resourceType: 'Patient', id: 'p' },
    { resourceType: 'Patient', id: 'q' },
    allergy('peanut', 'p', 'food'),
    allergy('penicillin', 'p', 'medication'),
    allergy('past', 'p', 'medication'),
    allergy('latex', 'q', 'food'),
    { resourceType: 'Condition', id: 'asthma', subject: { reference: 'Patient/p' } },
    { resourceType: 'Condition', id: 'cold', subject: { reference: 'Patient/p' } },
    {
      resourceType: 'MedicationStatement',
      id: 'inhaler',
      status: 'active',
      subject: { reference: 'Patient/p' },
      medicationCodeableConcept: { text: 'inhaler' },
    },
    list('a', 'p', use('allergies'), ['AllergyIntolerance/peanut', 'AllergyIntolerance/penicillin']),
    list('a-old', 'p', use('allergies'), ['AllergyIntolerance/past'], 'retired'),
    list('a-q', 'q', use('allergies'), ['AllergyIntolerance/latex']),
    list('pb', 'p', { coding: [{ system: 'http://loinc.org', code: '11450-4' }] }, ['Condition/asthma']),
    list('m', 'p', use('medications'), ['MedicationStatement/inhaler']),
    list('plan', 'p', use('plans'), ['Condition/cold']),
  ] as Resource[];
  for (const resource of resources) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(answer.text);
  }
});

describe('_list with the current lists of a patient (lifecycle.html#current)', () => {
  test.each([
    ['AllergyIntolerance?patient=p&_list=$current-allergies', 'peanut penicillin'],
    ['AllergyIntolerance?patient=Patient/q&_list=$current-allergies', 'latex'],
    ['AllergyIntolerance?patient=p,q&_list=$current-allergies', 'latex peanut penicillin'],
    ['AllergyIntolerance?patient=p&_list=$current-drug-allergies', 'penicillin'],
    ['Patient/p/AllergyIntolerance?_list=$current-allergies', 'peanut penicillin'],
    ['Patient/p/AllergyIntolerance?patient=q&_list=$current-allergies', ''],
    ['Condition?subject=Patient/p&_list=$current-problems', 'asthma'],
    ['Condition?subject:Patient=p&_list=$current-problems', 'asthma'],
    ['MedicationStatement?patient=p&_list=$current-medications', 'inhaler'],
    ['Condition?patient=p&_list=$current-medications', ''],
    ['Condition?patient=p&_list=plan,$current-problems', 'asthma cold'],
    ['Patient/p/*?_list=$current-problems,$current-medications', 'asthma inhaler'],
    ['AllergyIntolerance?patient=unknown&_list=$current-allergies', ''],
  ])('%s', async (search, ids) => {
    const answer = await http.get(search);
    expect(answer.status).toBe(200);
    expect(matchIds(answer).sort().join(' ')).toBe(ids);
  });

  test('a current list without a patient is refused', async () => {
    const answer = await http.get('AllergyIntolerance?_list=$current-allergies');
    expect(answer.status).toBe(400);
    expect(issueOf(answer)).toMatchObject({ code: 'required', expression: ['_list'] });
  });

  test.each(['$current-secret', 'se$cret', '$'])('%s is no list', async (value) => {
    const answer = await http.get(`AllergyIntolerance?patient=p&_list=${value}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
    expect(answer.text).not.toMatch(/secret|se\$cret/);
  });
});
