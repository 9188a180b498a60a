import type { CapabilityStatement, Observation, Resource } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { expectMatches, putAll } from '../support/resources.ts';

const http = serverUnderTest();
const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';

function observation(id: string, elements: Partial<Observation>): Observation {
  return { resourceType: 'Observation', id, status: 'final', code: { text: id }, ...elements };
}

function quantity(value: number, code: string) {
  return { value, unit: code, system: ucum, code };
}

function document(id: string, contentType: string): Resource {
  const content = [{ attachment: { contentType, url: `http://example.org/${id}` } }];
  return { resourceType: 'DocumentReference', id, status: 'current', content } as Resource;
}

const systolic = { coding: [{ system: loinc, code: '8480-6', display: 'Systolic blood pressure' }] };
const diastolic = { coding: [{ system: loinc, code: '8462-4' }], text: 'Pression diastolique' };

const resources: Resource[] = [
  observation('pressure', {
    code: { coding: [{ system: loinc, code: '85354-9' }], text: 'Pression artérielle' },
    component: [
      { code: systolic, valueQuantity: quantity(140, 'mm[Hg]') },
      { code: diastolic, valueQuantity: quantity(90, 'mm[Hg]') },
    ],
  }),
  observation('systolic', { code: systolic, valueQuantity: quantity(16, 'kPa') }),
  observation('dose', { code: { coding: [{ code: 'dose' }] }, valueQuantity: quantity(5, 'mg') }),
  observation('grams', { code: { coding: [{ code: 'dose' }] }, valueQuantity: quantity(0.005, 'g') }),
  observation('below', {
    code: { coding: [{ code: 'crp' }] },
    valueQuantity: { ...quantity(5, 'mmol/L'), comparator: '<' },
  }),
  observation('above', {
    code: { coding: [{ code: 'crp' }] },
    valueQuantity: { ...quantity(500, 'mmol/L'), comparator: '>=' },
  }),
  observation('group', {
    code: { coding: [{ system: loinc, code: '882-1' }] },
    valueCodeableConcept: { coding: [{ system: 'urn:blood', code: 'A+' }] },
    performer: [{ identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '810000000001' } }],
  }),
  {
    resourceType: 'Patient',
    id: 'typed',
    gender: 'female',
    telecom: [
      { system: 'phone', value: '+33 1 02 03 04 05' },
      { system: 'email', value: 'zoe@example.test' },
      { system: 'email', value: 'Zoe.Adrun@Work.test' },
      { value: 'sans système' },
    ],
    identifier: [
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI' }] },
        system: 'urn:hospital',
        value: '42',
      },
    ],
  } as Resource,
  { resourceType: 'Patient', id: 'bare' },
  {
    resourceType: 'ValueSet',
    id: 'vs',
    status: 'active',
    url: 'http://example.org/fhir/ValueSet/a',
  } as Resource,
  { resourceType: 'ValueSet', id: 'root', status: 'active', url: 'http://example.org/fhir' } as Resource,
  document('plain', 'text/xml'),
  document('encoded', 'text/XML; charset=UTF-8'),
  document('printed', 'application/pdf'),
  { resourceType: 'ValueSet', id: 'near', status: 'active', url: 'http://example.org/fhirx' } as Resource,
];

beforeAll(() => putAll(http, resources));

describe('composite parameters (search.html#composite) match', () => {
  test.each([
    ['both components of one element', 'component-code-value-quantity=8480-6$140', 'pressure'],
    ['not components of two elements', 'component-code-value-quantity=8480-6$90', ''],
    ['a system and a prefix', `component-code-value-quantity=${loinc}|8462-4$lt100`, 'pressure'],
    ['the resource and its components', 'combo-code-value-quantity=8480-6$gt0', 'pressure systolic'],
    ['the resource alone', 'code-value-quantity=8480-6$gt0', 'systolic'],
    ['alternatives', 'combo-code-value-quantity=8480-6$gt1000,8462-4$90', 'pressure'],
    ['units', `code-value-quantity=dose$5|${ucum}|mg`, 'dose grams'],
    ['concepts', 'code-value-concept=882-1$urn:blood|A%2B', 'group'],
    ['a code without system', 'code-value-quantity=|dose$gt0', 'dose grams'],
  ])('%s', (_, search, ids) => expectMatches(http, `Observation?${search}`, ids));

  test.each([
    ['are there', 'combo-code-value-quantity:missing=false', 'above below dose grams pressure systolic'],
    [
      'are missing',
      'component-code-value-quantity:missing=true&code-value-quantity:missing=false',
      'above below dose grams systolic',
    ],
  ])('or %s', (_, search, ids) => expectMatches(http, `Observation?${search}`, ids));

  test.each(['code-value-quantity=8480-6', 'code-value-quantity=$5', 'code-value-quantity=a$5$6'])(
    '%s is refused',
    async (search) => {
      const answer = await http.get(`Observation?${search}`);
      expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
    },
  );

  test('are told by the capability statement', async () => {
    const [rest] = (await http.get('metadata')).json<CapabilityStatement>().rest!;
    const observations = rest!.resource!.find(({ type }) => type === 'Observation')!;
    expect(observations.searchParam).toContainEqual(
      expect.objectContaining({ name: 'code-value-quantity', type: 'composite' }),
    );
  });
});

describe('contact points (search.html#token) match', () => {
  test.each([
    ['by value', 'telecom=zoe@example.test', 'typed'],
    ['by system and value', 'telecom=email|zoe@example.test', 'typed'],
    ['a telephone number by system and value', 'telecom=phone|%2B33 1 02 03 04 05', 'typed'],
    ['not by another system', 'telecom=phone|zoe@example.test', ''],
    ['by system alone', 'telecom=email|', 'typed'],
    ['by a system that none has', 'telecom=fax|', ''],
    ['one without a system by | and value', 'telecom=|sans système', 'typed'],
    ['not one with a system by | and value', 'telecom=|zoe@example.test', ''],
    ['by the parameter of its kind', 'email=zoe@example.test', 'typed'],
    ['whatever the case of an address that is searched', 'email=ZOE@Example.test', 'typed'],
    ['whatever the case of an address that is held', 'telecom=email|zoe.adrun@work.test', 'typed'],
    ['by the parameter of its kind and the system', 'email=email|zoe@example.test', 'typed'],
    ['not by the parameter of another kind', 'phone=zoe@example.test', ''],
  ])('%s', (_, search, ids) => expectMatches(http, `Patient?${search}`, ids));
});

describe('UCUM quantities (search.html#quantity) match in any unit of the dimension', () => {
  test.each([
    ['milligrams and grams', `value-quantity=5|${ucum}|mg`, 'dose grams'],
    ['grams and milligrams', `value-quantity=0.005|${ucum}|g`, 'dose grams'],
    ['pressures', `value-quantity=ge120|${ucum}|mm[Hg]`, 'systolic'],
    ['not another dimension', `value-quantity=5|${ucum}|mL`, ''],
    ['the written unit by ||', 'value-quantity=5||mg', 'dose'],
  ])('%s', (_, search, ids) => expectMatches(http, `Observation?${search}`, ids));
});

describe('a Quantity with a comparator is all that it stands for (search.html#quantity)', () => {
  test.each([
    ['what is below 5 may be below 1', `value-quantity=lt1|${ucum}|mmol/L`, 'below'],
    ['and is no 5', `value-quantity=5|${ucum}|mmol/L`, ''],
    ['nor above 4 without end', `value-quantity=gt5|${ucum}|mmol/L`, 'above'],
    ['nor 5 or more', `value-quantity=ge5|${ucum}|mmol/L`, 'above'],
    ['it ends before 5', `value-quantity=eb5|${ucum}|mmol/L`, 'below'],
    ['what is 500 or more may be 500', `value-quantity=le500|${ucum}|mmol/L`, 'above below'],
    ['and starts after less', `value-quantity=sa0.4|${ucum}|mol/L`, 'above'],
    ['in a composite too', 'code-value-quantity=crp$gt1000', 'above'],
  ])('%s', (_, search, ids) => expectMatches(http, `Observation?${search}`, ids));
});

describe('modifiers (search.html#modifiers)', () => {
  const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
  const types = 'http://terminology.hl7.org/CodeSystem/v2-0203';
  test.each([
    [':text finds by the text of a concept', 'Observation?code:text=pression', 'pressure'],
    [':text finds by the display of a coding', 'Observation?combo-code:text=SYSTOLIC', 'pressure systolic'],
    [':in takes a value set', `Patient?gender:in=${genders}`, 'typed'],
    [':not-in is the opposite', `Patient?gender:not-in=${genders}`, 'bare'],
    [':of-type finds an identifier by its type', `Patient?identifier:of-type=${types}|PI|42`, 'typed'],
    [':of-type wants the type', `Patient?identifier:of-type=${types}|MR|42`, ''],
    [
      ':below finds a media type with its parameters',
      'DocumentReference?contenttype:below=text/xml',
      'encoded plain',
    ],
    ['without it they count', 'DocumentReference?contenttype=text/xml', 'plain'],
    [':identifier finds a logical reference', 'Observation?performer:identifier=810000000001', 'group'],
    [':below finds the uri and what continues it', 'ValueSet?url:below=http://example.org/fhir', 'root vs'],
    [
      ':above finds the uri and what it continues',
      'ValueSet?url:above=http://example.org/fhir/ValueSet/a/b',
      'root vs',
    ],
  ])('%s', (_, search, ids) => expectMatches(http, search, ids));

  test.each([
    ['value', 'Patient?gender:in=http://example.org/nowhere'],
    ['value', 'Observation?code:below=8480-6'],
    ['value', `Observation?code:above=${loinc}|8480-6`],
    ['not-supported', 'Patient?link:above=Patient/1'],
    ['value', 'ValueSet?url:below=urn:oid:1.2'],
  ])('%s: %s is refused', async (code, search) => {
    const answer = await http.get(search);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });
});
