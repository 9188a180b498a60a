import type { Patient } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const resources: Patient[] = [
  {
    resourceType: 'Patient',
    id: 'ana',
    gender: 'female',
    birthDate: '1980-05-02',
    name: [{ family: 'Hermida' }],
  },
  {
    resourceType: 'Patient',
    id: 'zoe',
    gender: 'female',
    birthDate: '1975-12-31',
    name: [{ family: 'Œuvrard' }],
  },
  { resourceType: 'Patient', id: 'jean', gender: 'male', birthDate: '1980', name: [{ family: 'Hermidan' }] },
];

beforeAll(async () => {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

describe('_filter (search_filter.html)', () => {
  test.each([
    ['eq on a string takes the whole text', 'family eq "HERMIDA"', 'ana'],
    ['sw takes its start', 'family sw hermida', 'ana jean'],
    ['co takes a part', 'family co mid', 'ana jean'],
    ['ligatures and accents do not matter', 'family eq oeuvrard', 'zoe'],
    ['and', 'gender eq female and birthdate ge 1980', 'ana'],
    ['or', 'family eq hermida or family eq oeuvrard', 'ana zoe'],
    ['not', 'not (gender eq female)', 'jean'],
    ['parentheses', '(gender eq male or family co mid) and birthdate gt 1980-04', 'ana jean'],
    ['pr', 'birthdate pr false', ''],
  ])('%s', async (_, filter, ids) => {
    const answer = await http.get(`Patient?_filter=${encodeURIComponent(filter)}`);
    expect(answer.status).toBe(200);
    expect(matchIds(answer).sort().join(' ')).toBe(ids);
  });

  test('works in a form, with other criteria', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await http.post('Patient/_search', '_filter=family+co+mid&gender=male', form);
    expect(matchIds(answer)).toEqual(['jean']);
  });

  test.each([
    ['value', 'family'],
    ['value', 'nothing eq x'],
    ['not-supported', 'gender co male'],
    ['too-costly', Array(60).fill('gender eq male').join(' or ')],
  ])('%s: %s is refused', async (code, filter) => {
    const answer = await http.get(`Patient?_filter=${encodeURIComponent(filter)}`);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });
});
