import type { Observation, Patient, Resource } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const mrn = 'http://example.org/mrn';
const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';

const patients: Patient[] = [
  {
    resourceType: 'Patient',
    id: 'zoe',
    active: true,
    gender: 'female',
    birthDate: '1975-12-31',
    identifier: [{ system: mrn, value: '1' }],
    name: [{ family: 'Œuvrard', given: ['Zoé', 'Anne-Marie'] }],
    address: [{ city: 'Saint-Étienne', postalCode: '42000' }],
    telecom: [{ system: 'email', value: 'zoe@example.org' }],
    managingOrganization: { reference: 'Organization/chu' },
  },
  {
    resourceType: 'Patient',
    id: 'jean',
    active: false,
    gender: 'male',
    birthDate: '1980',
    identifier: [{ value: '1' }, { system: mrn, value: 'a,b|c$d\\e' }],
    name: [{ family: "L'Hermitte", given: ['Jean'] }],
    deceasedDateTime: '2020-06-01T10:00:00+02:00',
    managingOrganization: { reference: 'Organization/clinic' },
  },
  {
    resourceType: 'Patient',
    id: 'ana',
    gender: 'female',
    birthDate: '1980-05',
    name: [{ family: 'Hermida', given: ['Ana', 'Jeanne'] }],
    generalPractitioner: [{ reference: 'Practitioner/doc' }],
  },
  { resourceType: 'Patient', id: 'unknown' },
];

function observation(id: string, elements: Partial<Observation>): Observation {
  return { resourceType: 'Observation', id, status: 'final', code: { text: id }, ...elements };
}

const observations: Observation[] = [
  observation('weight', {
    code: { coding: [{ system: loinc, code: '29463-7', display: 'Body weight' }] },
    subject: { reference: 'Patient/zoe' },
    effectiveDateTime: '2024-02-15T08:30:00Z',
    valueQuantity: { value: 72.5, unit: 'kg', system: ucum, code: 'kg' },
  }),
  observation('pulse', {
    code: { coding: [{ system: loinc, code: '8867-4' }] },
    subject: { reference: 'Patient/zoe' },
    effectivePeriod: { start: '2024-02-10', end: '2024-02-20' },
    valueQuantity: { value: 72, unit: '/min', system: ucum, code: '/min' },
  }),
  observation('blood-group', {
    status: 'amended',
    code: { coding: [{ system: 'http://example.org/codes', code: '8867-4' }] },
    subject: { reference: 'Patient/jean' },
    effectivePeriod: { start: '2024-03-01' },
    valueCodeableConcept: { coding: [{ system: loinc, code: 'LA19710-5' }] },
  }),
  observation('note', { status: 'preliminary', valueString: 'Patient calme', effectiveDateTime: '2023' }),
];

const others: Resource[] = [
  { resourceType: 'Organization', id: 'chu', name: 'CHU de Saint-Étienne' } as Resource,
  { resourceType: 'Organization', id: 'clinic', name: 'Clinique du Parc' } as Resource,
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Médecin' }] } as Resource,
  {
    resourceType: 'RiskAssessment',
    id: 'risk-low',
    status: 'final',
    subject: { reference: 'Patient/zoe' },
    prediction: [{ probabilityDecimal: 0.1 }],
  } as Resource,
  {
    resourceType: 'RiskAssessment',
    id: 'risk-high',
    status: 'final',
    subject: { reference: 'Patient/zoe' },
    prediction: [{ probabilityDecimal: 0.85 }],
  } as Resource,
  {
    resourceType: 'ValueSet',
    id: 'vs',
    status: 'active',
    url: 'http://example.org/fhir/ValueSet/Vs',
    version: '1',
  } as Resource,
];

beforeAll(async () => {
  for (const resource of [...others, ...patients, ...observations]) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(answer.text);
  }
});

/** `Type?query` finds exactly these ids; `+`, `|` and spaces are written plainly here. */
async function expectMatches(search: string, ids: string): Promise<void> {
  const [type, query] = search.split('?');
  const parameters = query!.split('&').map((pair) => {
    const mark = pair.indexOf('=');
    return `${pair.slice(0, mark)}=${encodeURIComponent(pair.slice(mark + 1))}`;
  });
  const answer = await http.get(`${type}?${parameters.join('&')}`, { Prefer: 'handling=strict' });
  expect([answer.status, matchIds(answer).sort().join(' ')]).toEqual([200, ids]);
}

describe('string parameters (search.html#string) match', () => {
  test.each([
    ['the start of a part of a name, whatever the case', 'Patient?name=HERM', 'ana'],
    ['without regard to accents', 'Patient?given=zoe', 'zoe'],
    ['an accented search against a value', 'Patient?address-city=saint-étienne', 'zoe'],
    ['any given name', 'Patient?given=jeanne', 'ana'],
    ['not the middle of a text', 'Patient?family=vrard', ''],
    ['the middle with :contains', 'Patient?family:contains=VRARD', 'zoe'],
    ['any of several alternatives', 'Patient?family=hermida,œuv', 'ana zoe'],
    ['all of several repetitions', 'Patient?given=jean&given=ana', 'ana'],
    ['the whole text as written with :exact', 'Patient?given:exact=Jean', 'jean'],
    ['not another case with :exact', 'Patient?given:exact=jean', ''],
    ['not other accents with :exact', 'Patient?given:exact=Zoe', ''],
    ['a composed name by its first part', 'Patient?given=anne', 'zoe'],
    ['what no resource has, to nothing', 'Patient?family=%', ''],
    ['an underscore as itself', 'Patient?family=_', ''],
    ['name and birth date together', 'Patient?family=oeuvrard&birthdate=1975-12-31', 'zoe'],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('token parameters (search.html#token) match', () => {
  test.each([
    ['code alone in any system', 'Patient?identifier=1', 'jean zoe'],
    ['system and code', `Patient?identifier=${mrn}|1`, 'zoe'],
    ['code without system by |code', 'Patient?identifier=|1', 'jean'],
    ['any code of a system by system|', `Patient?identifier=${mrn}|`, 'jean zoe'],
    ['a code with escaped separators', `Patient?identifier=${mrn}|a\\,b\\|c\\$d\\\\e`, 'jean'],
    ['several codes', 'Patient?gender=male,female', 'ana jean zoe'],
    ['a boolean', 'Patient?active=false', 'jean'],
    ['the same code in two systems', 'Observation?code=8867-4', 'blood-group pulse'],
    ['one of them', `Observation?code=${loinc}|8867-4`, 'pulse'],
    ['a coded value', `Observation?value-concept=${loinc}|LA19710-5`, 'blood-group'],
    ['a contact', 'Patient?email=zoe@example.org', 'zoe'],
    ['deceased, which stands for a date as well', 'Patient?deceased=true', 'jean'],
    ['everything but the code with :not', 'Patient?gender:not=female', 'jean unknown'],
    ['everything but several codes with :not', 'Patient?gender:not=female,male', 'unknown'],
    ['not a part of a code', 'Observation?code=8867', ''],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('date parameters (search.html#date) match', () => {
  test.each([
    ['a day', 'Patient?birthdate=1975-12-31', 'zoe'],
    ['all within a year', 'Patient?birthdate=1980', 'ana jean'],
    ['not a year by a month within it', 'Patient?birthdate=1980-05', 'ana'],
    ['eq spelled out', 'Patient?birthdate=eq1980-05', 'ana'],
    ['all but with ne', 'Patient?birthdate=ne1980-05', 'jean zoe'],
    ['later with gt', 'Patient?birthdate=gt1975-12-31', 'ana jean'],
    ['earlier with lt', 'Patient?birthdate=lt1980', 'zoe'],
    ['the same or later with ge', 'Patient?birthdate=ge1975-12-31', 'ana jean zoe'],
    ['the same or earlier with le', 'Patient?birthdate=le1975-12-31', 'zoe'],
    ['what starts after with sa', 'Patient?birthdate=sa1975-12-31', 'ana jean'],
    ['what ends before with eb', 'Patient?birthdate=eb1980-05-01', 'zoe'],
    ['a range of two conditions', 'Patient?birthdate=ge1975&birthdate=lt1976', 'zoe'],
    ['a moment in another zone', 'Observation?date=2024-02-15T09:30:00+01:00', 'weight'],
    ['not another second', 'Observation?date=2024-02-15T08:30:01Z', ''],
    ['a minute without seconds', 'Observation?date=2024-02-15T08:30Z', 'weight'],
    ['periods that lie within', 'Observation?date=2024-02', 'pulse weight'],
    ['periods that reach beyond with gt', 'Observation?date=gt2024-02-16', 'blood-group pulse'],
    ['an open period, to any later date', 'Observation?date=gt2999', 'blood-group'],
    ['a period that starts after with sa', 'Observation?date=sa2024-02-20', 'blood-group'],
    [
      'what was written since an instant, with _lastUpdated',
      'Observation?_lastUpdated=gt2020',
      'blood-group note pulse weight',
    ],
    ['nothing of the future, with _lastUpdated', 'Observation?_lastUpdated=gt2999', ''],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('number parameters (search.html#number) match', () => {
  test.each([
    ['the number within its precision', 'RiskAssessment?probability=0.1', 'risk-low'],
    ['what rounds to it', 'RiskAssessment?probability=0.9', 'risk-high'],
    ['not beyond the precision given', 'RiskAssessment?probability=0.90', ''],
    ['all but with ne', 'RiskAssessment?probability=ne0.1', 'risk-high'],
    ['greater with gt', 'RiskAssessment?probability=gt0.1', 'risk-high'],
    ['greater or the same with ge', 'RiskAssessment?probability=ge0.1', 'risk-high risk-low'],
    ['less with lt', 'RiskAssessment?probability=lt0.85', 'risk-low'],
    ['less or the same with le', 'RiskAssessment?probability=le0.85', 'risk-high risk-low'],
    ['about a tenth around with ap', 'RiskAssessment?probability=ap0.8', 'risk-high'],
    ['an exponent', 'RiskAssessment?probability=1e-1', 'risk-low'],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('quantity parameters (search.html#quantity) match', () => {
  test.each([
    ['the number whatever the unit', 'Observation?value-quantity=72', 'pulse'],
    ['the number with system and code', `Observation?value-quantity=72.5|${ucum}|kg`, 'weight'],
    ['the unit alone by ||', 'Observation?value-quantity=72.5||kg', 'weight'],
    ['not another unit', `Observation?value-quantity=72.5|${ucum}|g`, ''],
    ['greater with gt', 'Observation?value-quantity=gt72', 'weight'],
    ['less with lt', 'Observation?value-quantity=lt72.5', 'pulse'],
    ['a unit with a prefix', `Observation?value-quantity=ge70|${ucum}|/min`, 'pulse'],
    ['about a tenth around with ap', 'Observation?value-quantity=ap70||kg', 'weight'],
    ['all but with ne', 'Observation?value-quantity=ne72', 'weight'],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('reference parameters (search.html#reference) match', () => {
  test.each([
    ['type and id', 'Observation?subject=Patient/zoe', 'pulse weight'],
    ['id alone', 'Observation?subject=jean', 'blood-group'],
    ['the type as modifier', 'Observation?subject:Patient=jean', 'blood-group'],
    ['a parameter of one type', 'Observation?patient=zoe', 'pulse weight'],
    ['not the id of another type', 'Observation?subject=Group/zoe', ''],
    ['several references', 'Observation?subject=Patient/zoe,Patient/jean', 'blood-group pulse weight'],
    ['a chain of one level', 'Observation?subject:Patient.family=oeuv', 'pulse weight'],
    ['a chain without type', 'Patient?organization.name=clinique', 'jean'],
    ['a chain with a modifier', "Observation?patient.family:exact=L'Hermitte", 'blood-group'],
    ['a chain to a token', `Observation?patient.identifier=${mrn}|1`, 'pulse weight'],
    ['a chain to an id', 'Observation?patient._id=jean', 'blood-group'],
    ['a chain to a date with prefix', 'Observation?patient.birthdate=lt1980', 'pulse weight'],
    ['a chain that leads to nothing, to nothing', 'Observation?patient.family=nobody', ''],
    ['chain and own criterion together', 'Observation?patient.gender=female&code=29463-7', 'weight'],
  ])('%s', (_, search, ids) => expectMatches(search, ids));

  test('the absolute URL of this server', async () => {
    await expectMatches(`Observation?subject=${http.base}/Patient/zoe`, 'pulse weight');
  });
});

describe('uri parameters (search.html#uri) match', () => {
  test.each([
    ['the whole uri', 'ValueSet?url=http://example.org/fhir/ValueSet/Vs', 'vs'],
    ['not another case', 'ValueSet?url=http://example.org/fhir/ValueSet/vs', ''],
    ['not the start of the uri', 'ValueSet?url=http://example.org/fhir', ''],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('parameters of every resource and modifiers of every parameter', () => {
  test.each([
    ['_id finds by id', 'Patient?_id=zoe', 'zoe'],
    ['_id takes several', 'Patient?_id=zoe,ana,nobody', 'ana zoe'],
    ['_id and another criterion are both to be met', 'Patient?_id=zoe,jean&gender=male', 'jean'],
    [':missing=true finds what has no value', 'Patient?gender:missing=true', 'unknown'],
    [':missing=false finds what has a value', 'Patient?birthdate:missing=false', 'ana jean zoe'],
    [':missing works on strings', 'Patient?family:missing=true', 'unknown'],
    [':missing works on references', 'Observation?subject:missing=true', 'note'],
    [':missing works on quantities', 'Observation?value-quantity:missing=false', 'pulse weight'],
    [':missing works in a chain', 'Observation?patient.active:missing=true', ''],
    [':missing works on numbers', 'RiskAssessment?probability:missing=true', ''],
    [':missing works on uris', 'ValueSet?url:missing=false', 'vs'],
    ['no criterion finds everything', 'Patient?_sort=_id', 'ana jean unknown zoe'],
  ])('%s', (_, search, ids) => expectMatches(search, ids));
});

describe('a criterion that cannot be understood is answered 400 (search.html#errors)', () => {
  test.each([
    'Patient?birthdate=yesterday',
    'Patient?birthdate=1980-13',
    'Patient?birthdate=1980-02-30',
    'Patient?birthdate=gt',
    'Patient?birthdate=xx1980',
    'RiskAssessment?probability=much',
    'RiskAssessment?probability=gt',
    'Observation?value-quantity=many|x|y',
    'Observation?value-quantity=1|2',
    'Patient?gender:missing=maybe',
    'Patient?gender:exact=male',
    'Patient?family:not=x',
    'Patient?family:nothing=x',
    'Patient?birthdate:contains=1980',
    'Patient?organization:Patient=x',
    'Patient?gender.name=x',
    'Patient?_count=x',
    'Patient?_count=-1',
    'Patient?_sort=nothing',
    'Patient?_total=maybe',
    'Patient?_include=Patient:gender',
    'Patient?_include=Nothing:nothing',
    'Patient?_revinclude=Observation:nothing',
    'Patient?identifier=a|b|c',
  ])('%s', async (search) => {
    const answer = await http.get(search);
    expect(answer.status).toBe(400);
    issueOf(answer);
  });

  test('and the outcome does not repeat the value, which may identify a person', async () => {
    for (const search of [
      'birthdate=SECRET',
      'gender:missing=SECRET',
      'organization=SECRET/%20',
      'identifier=a|b|SECRET',
    ]) {
      const answer = await http.get(`Patient?${search}`);
      expect([answer.status, answer.text.includes('SECRET')]).toEqual([400, false]);
    }
  });
});
