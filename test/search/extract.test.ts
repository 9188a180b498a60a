import { EARLIEST, LATEST } from '../../src/fhir/date.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import type { ValueFamily } from '../../src/search/expression.ts';
import { extract } from '../support/search.ts';

/** The values of one parameter without its name. */
function valuesOf(resource: Resource, family: ValueFamily, parameter: string): object[] {
  return extract(resource)
    [family].filter((value) => value.parameter === parameter)
    .map(({ parameter: _, ...value }) => value);
}

describe('token', () => {
  test('identifiers are system and value, with or without the other', () => {
    const patient: Resource = {
      resourceType: 'Patient',
      identifier: [
        { system: 'urn:oid:1.2', value: '1' },
        { value: '2' },
        { system: 's' },
        { type: { text: 'none' } },
      ],
    };
    expect(valuesOf(patient, 'token', 'identifier')).toEqual([
      { system: 'urn:oid:1.2', code: '1' },
      { code: '2' },
      { system: 's' },
    ]);
  });

  test('codings of a concept, its text left out', () => {
    const code = {
      text: 'Glucose',
      coding: [{ system: 'http://loinc.org', code: '1' }, { code: '2' }, { display: 'x' }],
    };
    expect(valuesOf({ resourceType: 'Observation', code }, 'token', 'code')).toEqual([
      { system: 'http://loinc.org', code: '1' },
      { code: '2' },
    ]);
  });

  test('contact points by value, all of them and by system', () => {
    const telecom = [
      { system: 'phone', value: '01' },
      { system: 'email', value: 'a@b.test' },
      { system: 'fax', value: '02' },
      { system: 'phone' },
    ];
    const patient: Resource = { resourceType: 'Patient', telecom };
    // What stands under phone and email is not indexed twice.
    expect(valuesOf(patient, 'token', 'telecom')).toEqual([{ system: 'fax', code: '02' }]);
    expect(valuesOf(patient, 'token', 'phone')).toEqual([{ system: 'phone', code: '01' }]);
    expect(valuesOf(patient, 'token', 'email')).toEqual([{ system: 'email', code: 'a@b.test' }]);
  });

  test('booleans, codes and tags', () => {
    const patient: Resource = {
      resourceType: 'Patient',
      active: false,
      gender: 'female',
      meta: { tag: [{ system: 't', code: 'x' }], security: [{ code: 'R' }] },
    };
    expect(valuesOf(patient, 'token', 'active')).toEqual([{ code: 'false' }]);
    expect(valuesOf(patient, 'token', 'gender')).toEqual([
      { system: 'http://hl7.org/fhir/administrative-gender', code: 'female' },
    ]);
    expect(valuesOf(patient, 'token', '_tag')).toEqual([{ system: 't', code: 'x' }]);
    expect(valuesOf(patient, 'token', '_security')).toEqual([{ code: 'R' }]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{}, 'false'],
    [{ deceasedBoolean: false }, 'false'],
    [{ deceasedBoolean: true }, 'true'],
    [{ deceasedDateTime: '2020-01-01' }, 'true'],
  ])('deceased of %j is %s', (elements, code) => {
    expect(valuesOf({ resourceType: 'Patient', ...elements }, 'token', 'deceased')).toEqual([{ code }]);
  });
});

describe('string', () => {
  test('each part of a name is a value, folded beside exact', () => {
    const name = [
      {
        family: "L'Œil",
        given: ['Zoé', null],
        prefix: ['Dr'],
        suffix: ['fils'],
        text: 'Zoé L’Œil',
      },
    ];
    expect(valuesOf({ resourceType: 'Person', name }, 'string', 'name')).toEqual([
      { folded: 'loeil', exact: "L'Œil" },
      { folded: 'zoe', exact: 'Zoé' },
      { folded: 'dr', exact: 'Dr' },
      { folded: 'fils', exact: 'fils' },
      { folded: 'zoeloeil', exact: 'Zoé L’Œil' },
    ]);
  });

  test('each part of an address is a value', () => {
    const address = [
      {
        line: ['1 rue A', 'Bât. B'],
        city: 'Caen',
        district: '14',
        state: 'NOR',
        postalCode: '14000',
        country: 'FR',
        text: 'T',
      },
    ];
    const found = valuesOf({ resourceType: 'Patient', address }, 'string', 'address') as { exact: string }[];
    // Those that stand under address-city and its like are not indexed twice.
    expect(found.map(({ exact }) => exact)).toEqual(['1 rue A', 'Bât. B', '14', 'T']);
    expect(valuesOf({ resourceType: 'Patient', address }, 'string', 'address-city')).toEqual([
      { folded: 'caen', exact: 'Caen' },
    ]);
  });

  test('a long text is cut in its folded form only', () => {
    const text = 'É'.repeat(400);
    expect(valuesOf({ resourceType: 'ValueSet', description: text }, 'string', 'description')).toEqual([
      { folded: 'e'.repeat(255), exact: text },
    ]);
  });

  test('repeated values are indexed once, few or many', () => {
    const few = [{ family: 'A' }, { family: 'A', given: ['A'] }, { family: 'a' }];
    expect(valuesOf({ resourceType: 'Person', name: few }, 'string', 'name')).toEqual([
      { folded: 'a', exact: 'A' },
      { folded: 'a', exact: 'a' },
    ]);
    const many = Array.from({ length: 60 }, (_, index) => ({
      family: `N${index % 30}`,
    }));
    expect(valuesOf({ resourceType: 'Patient', name: many }, 'string', 'family')).toHaveLength(30);
  });
});

describe('date', () => {
  test('dates, periods and timings', () => {
    const day = { low: Date.UTC(1990, 1, 3), high: Date.UTC(1990, 1, 4) };
    expect(valuesOf({ resourceType: 'Patient', birthDate: '1990-02-03' }, 'date', 'birthdate')).toEqual([
      day,
    ]);
    const start = '2024-01-01T08:00:00Z';
    expect(valuesOf({ resourceType: 'Encounter', period: { start } }, 'date', 'date')).toEqual([
      { low: Date.parse(start), high: LATEST },
    ]);
    expect(valuesOf({ resourceType: 'Encounter', period: { end: '2024' } }, 'date', 'date')).toEqual([
      { low: EARLIEST, high: Date.UTC(2025, 0, 1) },
    ]);
    const effectiveTiming = { event: ['2024-01-01', '2024-01-03'] };
    expect(valuesOf({ resourceType: 'Observation', effectiveTiming }, 'date', 'date')).toEqual([
      { low: Date.UTC(2024, 0, 1), high: Date.UTC(2024, 0, 4) },
    ]);
  });

  test('a text in the place of a date has no value', () => {
    expect(valuesOf({ resourceType: 'Immunization', occurrenceString: '2024' }, 'date', 'date')).toEqual([]);
  });
});

describe('number and quantity', () => {
  test('numbers are points, whatever their digits', () => {
    const prediction = [
      { probabilityDecimal: parseJson('0.50') },
      { probabilityRange: { low: { value: 0.1 } } },
    ];
    expect(valuesOf({ resourceType: 'RiskAssessment', prediction }, 'number', 'probability')).toEqual([
      { low: 0.5, high: 0.5 },
      { low: 0.1, high: Number.MAX_VALUE },
    ]);
  });

  test('a quantity keeps its unit, the printed one where it differs', () => {
    const ucum = 'http://unitsofmeasure.org';
    const observation = (valueQuantity: object): Resource => ({
      resourceType: 'Observation',
      valueQuantity,
    });
    const quantity = (value: object) => valuesOf(observation(value), 'quantity', 'value-quantity');
    expect(quantity({ value: 5.4, unit: 'mg/dl', system: ucum, code: 'mg/dL' })).toEqual([
      { low: 5.4, high: 5.4, system: ucum, code: 'mg/dL', unit: 'mg/dl' },
    ]);
    expect(quantity({ value: 5, unit: 'mg', system: ucum, code: 'mg' })).toEqual([
      { low: 5, high: 5, system: ucum, code: 'mg' },
    ]);
    expect(quantity({ value: parseJson('5.40') })).toEqual([{ low: 5.4, high: 5.4 }]);
    expect(quantity({ unit: 'mg' })).toEqual([]);
  });

  test('money, ages and ranges are quantities', () => {
    const money = {
      resourceType: 'Invoice',
      totalNet: { value: 12, currency: 'EUR' },
    };
    expect(valuesOf(money, 'quantity', 'totalnet')).toEqual([
      { low: 12, high: 12, system: 'urn:iso:std:iso:4217', code: 'EUR' },
    ]);
    const years = { system: 'http://unitsofmeasure.org', code: 'a' };
    const age = {
      resourceType: 'Condition',
      onsetAge: { value: 40, ...years },
    };
    expect(valuesOf(age, 'quantity', 'onset-age')).toEqual([{ low: 40, high: 40, ...years }]);
    const range = {
      resourceType: 'Condition',
      onsetRange: {
        low: { value: 40, ...years },
        high: { value: 50, ...years },
      },
    };
    expect(valuesOf(range, 'quantity', 'onset-age')).toEqual([{ low: 40, high: 50, ...years }]);
  });

  test('sampled data has the bounds of its points', () => {
    const valueSampledData = {
      origin: { value: 10, code: 'mV' },
      factor: 2,
      data: '1 E -3 L 4 U',
    };
    expect(valuesOf({ resourceType: 'Observation', valueSampledData }, 'quantity', 'value-quantity')).toEqual(
      [{ low: 4, high: 18, code: 'mV' }],
    );
    const silent = { origin: { value: 10 }, data: 'E E' };
    expect(
      valuesOf({ resourceType: 'Observation', valueSampledData: silent }, 'quantity', 'value-quantity'),
    ).toEqual([]);
  });
});

describe('reference and uri', () => {
  test('references to this server are local, however written; elsewhere they are URLs', () => {
    const references = [
      'Practitioner/1',
      'https://here.test/fhir/Practitioner/2/_history/3',
      'http://elsewhere.test/Practitioner/4',
      '#inside',
      'urn:uuid:5',
    ];
    const generalPractitioner = [
      ...references.map((reference) => ({ reference })),
      { identifier: { value: '6' } },
    ];
    expect(
      valuesOf({ resourceType: 'Patient', generalPractitioner }, 'reference', 'general-practitioner'),
    ).toEqual([
      { type: 'Practitioner', id: '1' },
      { type: 'Practitioner', id: '2' },
      { url: 'http://elsewhere.test/Practitioner/4' },
    ]);
  });

  test('a parameter on one type of target leaves the others out', () => {
    const observation = (reference: string): Resource => ({
      resourceType: 'Observation',
      subject: { reference },
    });
    expect(valuesOf(observation('Patient/1'), 'reference', 'patient')).toEqual([
      { type: 'Patient', id: '1' },
    ]);
    expect(valuesOf(observation('Group/1'), 'reference', 'patient')).toEqual([]);
    expect(valuesOf(observation('Group/1'), 'reference', 'subject')).toEqual([{ type: 'Group', id: '1' }]);
  });

  test('canonicals are found with and without their version', () => {
    const response = (questionnaire: string) => ({
      resourceType: 'QuestionnaireResponse',
      questionnaire,
    });
    expect(valuesOf(response('http://x.test/q|2'), 'reference', 'questionnaire')).toEqual([
      { url: 'http://x.test/q' },
      { url: 'http://x.test/q|2' },
    ]);
    expect(
      valuesOf(response('https://here.test/fhir/Questionnaire/1'), 'reference', 'questionnaire'),
    ).toEqual([{ type: 'Questionnaire', id: '1' }, { url: 'https://here.test/fhir/Questionnaire/1' }]);
    expect(valuesOf(response('urn:oid:1.2'), 'reference', 'questionnaire')).toEqual([{ url: 'urn:oid:1.2' }]);
    expect(valuesOf(response('#inside'), 'reference', 'questionnaire')).toEqual([]);
    const profiled: Resource = {
      resourceType: 'Patient',
      meta: { profile: ['http://x.test/p|1'] },
    };
    expect(valuesOf(profiled, 'uri', '_profile')).toEqual([
      { value: 'http://x.test/p' },
      { value: 'http://x.test/p|1' },
    ]);
  });

  test('the first resource of a document is the composition of its bundle', () => {
    const bundle = (resourceType: string): Resource => ({
      resourceType: 'Bundle',
      entry: [
        { resource: { resourceType, id: 'c' } },
        { resource: { resourceType: 'Composition', id: 'd' } },
      ],
    });
    expect(valuesOf(bundle('Composition'), 'reference', 'composition')).toEqual([
      { type: 'Composition', id: 'c' },
    ]);
    expect(valuesOf(bundle('MessageHeader'), 'reference', 'composition')).toEqual([]);
    expect(valuesOf(bundle('MessageHeader'), 'reference', 'message')).toEqual([
      { type: 'MessageHeader', id: 'c' },
    ]);
  });

  test('uris are kept as written', () => {
    expect(valuesOf({ resourceType: 'ValueSet', url: 'HTTP://X.test/v' }, 'uri', 'url')).toEqual([
      { value: 'HTTP://X.test/v' },
    ]);
  });
});

test('the id and the instant of the last change are no index values', () => {
  const values = extract({
    resourceType: 'Basic',
    id: 'b',
    meta: { lastUpdated: '2024-01-01T00:00:00Z' },
  });
  expect(Object.values(values).flat()).toEqual([]);
});

test('a resource of an unknown type has no values', () => {
  expect(Object.values(extract({ resourceType: 'Nothing' })).flat()).toEqual([]);
});
