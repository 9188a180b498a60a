import type { Bundle, Observation, Patient } from 'fhir/r4.d.ts';
import { createJudge, type Judge } from '../../src/access/judge.ts';
import { isEvaluable } from '../../src/search/evaluate.ts';
import type { Expression } from '../../src/search/expression.ts';
import { parseSearch } from '../../src/search/parse.ts';
import { type FhirHttp, fhirHttp, matchIds } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let http: FhirHttp;
let judge: Judge;

const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';

const observations: Partial<Observation>[] = [
  {
    code: { coding: [{ system: loinc, code: '718-7' }], text: 'Hémoglobine' },
    subject: { reference: 'Patient/a' },
  },
  {
    code: { coding: [{ code: '718-7' }] },
    subject: { reference: 'Patient/b', identifier: { system: 's', value: '1' } },
  },
  { code: { text: 'Glycémie' }, effectiveDateTime: '2024-03', performer: [{ reference: 'Patient/a' }] },
  {
    code: { coding: [{ system: loinc, code: '2339-0' }] },
    valueQuantity: { value: 5.5, system: ucum, code: 'mmol/L', unit: 'mmol/l' },
    effectivePeriod: { start: '2024-01-01', end: '2024-06-30' },
  },
  {
    code: { coding: [{ system: loinc, code: '2339-0' }] },
    valueQuantity: { value: 5500, system: ucum, code: 'umol/L' },
    meta: { tag: [{ system: 't', code: 'x' }], profile: ['http://example.org/p'] },
  },
  { code: { text: 'x' }, valueString: 'ÉLEVÉ', focus: [{ reference: 'http://elsewhere.test/Patient/a' }] },
  {
    code: { text: 'x' },
    status: 'amended',
    category: [{ coding: [{ code: 'laboratory' }] }, { text: 'Labo' }],
  },
  {
    code: { text: 'x' },
    basedOn: [{ reference: 'ServiceRequest/1' }],
    dataAbsentReason: { coding: [{ code: 'unknown' }] },
  },
];
const patients: Partial<Patient>[] = [
  { name: [{ family: 'Le Gall', given: ['Éloïse', 'Marie'] }], birthDate: '1980-05-01', gender: 'female' },
  {
    name: [{ family: 'LEGALL', prefix: ['Dr'] }],
    telecom: [{ system: 'email', value: 'a@b.test' }],
    active: true,
  },
  { identifier: [{ system: 'urn:s', value: '1', type: { coding: [{ system: 'urn:t', code: 'PI' }] } }] },
  { address: [{ city: 'Lyon', postalCode: '69001' }], telecom: [{ system: 'phone', value: '0102030405' }] },
  { deceasedBoolean: true, generalPractitioner: [{ reference: 'Practitioner/1' }], gender: 'male' },
];

beforeAll(async () => {
  server = await startTestServer();
  http = fhirHttp(server.origin);
  const { spine } = server.running.core;
  judge = createJudge({ ...spine, baseUrls: [spine.baseUrl] });
  const base = { resourceType: 'Observation', status: 'final' };
  const all = [
    ...observations.map((one) => ({ ...base, ...one })),
    ...patients.map((one) => ({ resourceType: 'Patient', ...one })),
  ];
  for (const [index, resource] of all.entries()) {
    const { resourceType } = resource;
    expect((await http.put(`${resourceType}/r${index}`, { ...resource, id: `r${index}` })).status).toBe(201);
  }
});
afterAll(() => server.stop());

function filterOf(type: string, query: string): Expression {
  const { spine } = server.running.core;
  return parseSearch({
    type,
    query: [...new URLSearchParams(query)],
    parameters: spine.parameters,
    baseUrls: [spine.baseUrl],
    strict: true,
    reserved: [],
  }).expression;
}

test.each([
  ['Observation', 'code=718-7'],
  ['Observation', `code=${loinc}|718-7`],
  ['Observation', 'code=|718-7'],
  ['Observation', `code=${loinc}|`],
  ['Observation', 'code:not=718-7'],
  ['Observation', 'code:text=hemo'],
  ['Observation', 'code:missing=true'],
  ['Observation', 'subject=Patient/a'],
  ['Observation', 'patient=a,b'],
  ['Observation', 'performer=Patient/a'],
  ['Observation', 'subject:identifier=s|1'],
  ['Observation', 'subject:missing=true'],
  ['Observation', 'focus=http://elsewhere.test/Patient/a'],
  ['Observation', 'date=2024-03-15'],
  ['Observation', 'date=ge2024-06'],
  ['Observation', 'date=sa2024-06-30'],
  ['Observation', `value-quantity=5.5|${ucum}|mmol/L`],
  ['Observation', 'value-quantity=gt5'],
  ['Observation', 'value-quantity=5.5||mmol/l'],
  ['Observation', `code=${loinc}|2339-0&value-quantity=gt5`],
  ['Observation', 'code-value-quantity=2339-0$gt5'],
  ['Observation', 'combo-code=718-7'],
  ['Observation', 'value-string=élevé'],
  ['Observation', 'value-string:exact=ÉLEVÉ'],
  ['Observation', 'status=final&category=laboratory'],
  ['Observation', 'status=amended,final&category:not=laboratory'],
  ['Observation', 'category:missing=false'],
  ['Observation', '_tag=t|x'],
  ['Observation', '_profile=http://example.org/p'],
  ['Observation', '_id=r0,r3,r99'],
  ['Observation', '_id:not=r0'],
  ['Observation', '_lastUpdated=gt2000-01-01'],
  ['Observation', '_lastUpdated=lt2000-01-01'],
  ['Observation', 'data-absent-reason=unknown'],
  ['Patient', 'name=le gall'],
  ['Patient', 'family=legall'],
  ['Patient', 'name:contains=loise'],
  ['Patient', 'name:exact=Éloïse'],
  ['Patient', 'given:missing=true'],
  ['Patient', 'name:missing=true'],
  ['Patient', 'telecom=a@b.test'],
  ['Patient', 'phone:missing=false'],
  ['Patient', 'identifier=urn:s|1'],
  ['Patient', 'identifier:of-type=urn:t|PI|1'],
  ['Patient', 'address=lyon'],
  ['Patient', 'birthdate=1980'],
  ['Patient', 'deceased=true'],
  ['Patient', 'gender=male,female'],
  ['Patient', 'general-practitioner=Practitioner/1'],
  ['Patient', 'active:missing=false'],
])('of one resource it is told as a search finds it: %s?%s', async (type, query) => {
  const answer = await http.get(`${type}?${query.replaceAll(' ', '%20')}&_count=100`);
  const found = new Set(matchIds(answer));
  const filter = filterOf(type, query);
  expect(isEvaluable(filter)).toBe(true);
  const all = (await http.get(`${type}?_count=100`)).json<Bundle>().entry ?? [];
  const told = all.flatMap(({ resource }) => {
    const { id = '', meta } = resource ?? {};
    const lastUpdated = Date.parse(meta?.lastUpdated ?? '');
    return judge(filter, { type, id, lastUpdated, body: Buffer.from(JSON.stringify(resource)) }) ? [id] : [];
  });
  expect(new Set(told)).toEqual(found);
  // A judge asked a second time has its programs ready.
  const again = { type, id: 'x', lastUpdated: 0, body: `{"resourceType":"${type}","id":"x"}` };
  expect(judge(filter, again)).toBe(judge(filterOf(type, query), again));
});
