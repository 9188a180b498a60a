import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { found, validatorWith } from './conformance.ts';

const validator = validatorWith([]);
const uuid = (digit: number) => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${digit}`;
const mass = (value: number, code: string) => ({ value, system: 'http://unitsofmeasure.org', code });
const observation = (further: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...further,
});

describe('rules of R4 beyond the structure', () => {
  test.each<[string, object, string[]]>([
    ['a sound resource', { resourceType: 'Patient', active: true }, []],
    [
      'an invariant of a type',
      { resourceType: 'Patient', telecom: [{ value: '1' }] },
      ['error invariant Patient.telecom[0] cpt-2'],
    ],
    [
      'an invariant of an element',
      { resourceType: 'Patient', contact: [{ gender: 'male' }] },
      ['error invariant Patient.contact[0] pat-1'],
    ],
    [
      'an invariant of an element that has the rules of another one',
      {
        resourceType: 'Questionnaire',
        name: 'Forms',
        status: 'draft',
        item: [
          { linkId: '1', type: 'group', item: [{ linkId: '2', type: 'display', code: [{ code: 'x' }] }] },
        ],
      },
      ['error invariant Questionnaire.item[0].item[0] que-3'],
    ],
    [
      'a range whose bounds are in units of one kind',
      observation({ valueRange: { low: mass(5, 'mg'), high: mass(0.01, 'g') } }),
      [],
    ],
    [
      'a range that ends before it begins, in another unit',
      observation({ valueRange: { low: mass(50, 'mg'), high: mass(0.01, 'g') } }),
      ['error invariant Observation.value rng-2'],
    ],
    [
      'an extensible binding',
      { resourceType: 'Patient', maritalStatus: { coding: [{ system: 'http://example.org', code: 'x' }] } },
      ['warning code-invalid Patient.maritalStatus'],
    ],
    [
      'a text in place of a code of an extensible binding',
      { resourceType: 'Patient', maritalStatus: { text: 'x' } },
      [],
    ],
    [
      'a required code that is an extension alone',
      {
        resourceType: 'Patient',
        _gender: {
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
          ],
        },
      },
      ['error code-invalid Patient.gender'],
    ],
    [
      'a code that its system does not have',
      {
        resourceType: 'Basic',
        code: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/basic-resource-type', code: 'no such' }],
        },
      },
      ['error code-invalid Basic.code.coding[0].code'],
    ],
    [
      'a UUID that is none',
      { resourceType: 'Patient', identifier: [{ system: 'urn:uuid:x', value: '1' }] },
      ['error value Patient.identifier[0].system'],
    ],
    [
      'an OID that is none',
      { resourceType: 'Patient', identifier: [{ system: 'urn:oid:9.8', value: '1' }] },
      ['error value Patient.identifier[0].system'],
    ],
    [
      'a system of a code that is not absolute',
      { resourceType: 'Basic', code: { coding: [{ system: 'x', code: 'y' }] } },
      ['error code-invalid Basic.code.coding[0]'],
    ],
    [
      'an identifier that is no URI, though its system says so',
      { resourceType: 'Patient', identifier: [{ system: 'urn:ietf:rfc:3986', value: '12' }] },
      ['error code-invalid Patient.identifier[0].value'],
    ],
    [
      'data of another size and hash',
      { resourceType: 'Patient', photo: [{ contentType: 'image/png', data: 'AAAA', size: 4, hash: 'AAAA' }] },
      ['error value Patient.photo[0]', 'error value Patient.photo[0]'],
    ],
    [
      'a contained resource that nothing refers to',
      { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }] },
      ['error invariant Patient dom-3'],
    ],
    [
      'a contained resource that refers to its container',
      observation({
        contained: [
          {
            resourceType: 'Provenance',
            id: 'p',
            recorded: '2020-01-01T00:00:00Z',
            target: [{ reference: '#' }],
            agent: [{ who: { display: 'x' } }],
          },
        ],
      }),
      [],
    ],
    [
      'what the structure refuses is not told twice',
      { resourceType: 'Patient', identifier: [{ system: 'a b', value: '' }], contact: [{ gender: 7 }] },
      [
        'error value Patient.identifier[0].system',
        'error value Patient.identifier[0].value',
        'error structure Patient.contact[0].gender',
        'error invariant Patient.contact[0] pat-1',
      ],
    ],
  ])('%s', (_, resource, expected) => {
    expect(found(validator, resource)).toEqual(expected);
  });
});

describe('vital signs (observation-vitalsigns.html)', () => {
  const heartRate = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
  const sound = observation({
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: heartRate,
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2020-01-01',
    valueQuantity: { value: 60, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  });
  test('the code alone brings the profile', () => {
    expect(found(validator, sound)).toEqual([]);
    const { subject: _, ...bare } = sound as Record<string, unknown>;
    expect(found(validator, bare)).toEqual(['error required Observation.subject']);
    const unit = { ...sound, valueQuantity: { value: 60, system: 'http://unitsofmeasure.org', code: 'kPa' } };
    expect(found(validator, unit)).toContain('error value Observation.value.code');
  });
});

describe('bundles (bundle.html)', () => {
  const bundle = (type: string, ...entry: object[]) => ({
    resourceType: 'Bundle',
    type,
    identifier: { system: 'https://example.org', value: '1' },
    timestamp: '2020-01-01T00:00:00Z',
    entry,
  });
  const patient = { resourceType: 'Patient', active: true };
  test.each<[string, object, string[]]>([
    ['no full URL', bundle('collection', { resource: patient }), ['error required Bundle.entry[0].fullUrl']],
    [
      'a full URL that is not absolute',
      bundle('collection', { fullUrl: 'Patient/1', resource: patient }),
      ['error value Bundle.entry[0].fullUrl'],
    ],
    [
      'a full URL of another id',
      bundle('collection', { fullUrl: 'https://example.org/Patient/a', resource: { ...patient, id: 'b' } }),
      ['error value Bundle.entry[0]'],
    ],
    [
      'the same full URL twice',
      bundle('collection', { fullUrl: uuid(1), resource: patient }, { fullUrl: uuid(1), resource: patient }),
      ['error invariant Bundle bdl-7'],
    ],
    [
      'a document that starts with something else',
      bundle('document', { fullUrl: uuid(1), resource: patient }),
      ['error invariant Bundle bdl-11'],
    ],
    [
      'a document whose composition refers to what is not there',
      bundle('document', {
        fullUrl: uuid(1),
        resource: {
          resourceType: 'Composition',
          status: 'final',
          type: { text: 'x' },
          date: '2020',
          title: 'x',
          author: [{ reference: uuid(2) }],
        },
      }),
      ['error not-found Bundle.entry[0].resource.author[0]'],
    ],
    [
      'a reference to an entry of another type than it names',
      bundle(
        'collection',
        {
          fullUrl: 'https://example.org/fhir/Observation/1',
          resource: observation({ id: '1', subject: { reference: 'Patient/2' } }),
        },
        {
          fullUrl: 'https://example.org/fhir/Patient/2',
          resource: { resourceType: 'Location', id: '2', name: 'x' },
        },
      ),
      ['error value Bundle.entry[0].resource.subject'],
    ],
    [
      'a URN that leads out of the bundle',
      bundle('collection', { fullUrl: uuid(1), resource: observation({ subject: { reference: uuid(2) } }) }),
      ['warning not-found Bundle.entry[0].resource.subject'],
    ],
    [
      'a reference to an entry of a type that the element does not allow',
      bundle(
        'collection',
        { fullUrl: uuid(1), resource: observation({ performer: [{ reference: uuid(2) }] }) },
        { fullUrl: uuid(2), resource: { resourceType: 'Location', name: 'x' } },
      ),
      ['error value Bundle.entry[0].resource.performer[0]'],
    ],
    [
      'the rules of entries, at their place',
      bundle('collection', { fullUrl: uuid(1), resource: { ...patient, telecom: [{ value: '1' }] } }),
      ['error invariant Bundle.entry[0].resource.telecom[0] cpt-2'],
    ],
  ])('%s', (_, resource, expected) => {
    expect(found(validator, resource)).toEqual(expected);
  });
});

describe('hostile input', () => {
  const nested = (depth: number, inner: object): object =>
    depth === 0
      ? inner
      : { resourceType: 'Bundle', type: 'collection', entry: [{ resource: nested(depth - 1, inner) }] };
  const many = (count: number, one: object) => Array.from({ length: count }, () => one);

  test.each<[string, object]>([
    ['deep nesting of bundles', nested(30, { resourceType: 'Patient', telecom: [{ value: '1' }] })],
    ['deep nesting of extensions', parseNested(60)],
    ['many faults', { resourceType: 'Patient', telecom: many(20_000, { value: '1' }) }],
    [
      'many entries',
      { resourceType: 'Bundle', type: 'collection', entry: many(5_000, { resource: observation({}) }) },
    ],
    [
      'many contained resources',
      { resourceType: 'Patient', contained: many(3_000, { resourceType: 'Organization', id: 'o' }) },
    ],
    [
      'many items with the same id',
      { resourceType: 'Questionnaire', status: 'draft', item: many(5_000, { linkId: 'a', type: 'string' }) },
    ],
    [
      'a long text for a regular expression',
      { resourceType: 'ValueSet', status: 'draft', name: 'a'.repeat(500_000) },
    ],
  ])('%s ends with a limited number of issues', (_, resource) => {
    expect(validator.validate(resource as Resource).length).toBeLessThanOrEqual(301);
  });

  test('nothing of the values stands in a message', () => {
    const secret = 'Zylberberg';
    const resource = {
      resourceType: 'Patient',
      name: [{ family: secret, use: secret, period: { start: secret } }],
      telecom: [{ value: secret }],
      maritalStatus: { coding: [{ system: 'http://example.org', code: secret }] },
      identifier: [{ system: `urn:uuid:${secret}`, value: secret }],
    };
    const issues = validator.validate(resource as Resource);
    expect(issues.length).toBeGreaterThan(3);
    expect(JSON.stringify(issues)).not.toContain(secret);
  });
});

function parseNested(depth: number): object {
  let extension: object = { url: 'https://example.org/e', valueString: 'x' };
  for (let level = 0; level < depth; level++)
    extension = { url: 'https://example.org/e', extension: [extension] };
  return { resourceType: 'Patient', extension: [extension] };
}

test('the definitions of all types of resources can be compiled and hold for an empty resource', () => {
  const types = Object.entries(loadDefinitions().types).filter(
    ([, { kind, abstract }]) => kind === 'resource' && !abstract,
  );
  for (const [resourceType] of types) {
    const unchecked = validator
      .validate({ resourceType, language: 'fr' } as Resource)
      .filter(({ code }) => code === 'not-supported');
    expect([resourceType, unchecked]).toEqual([resourceType, []]);
  }
  expect(types.length).toBe(146);
});
