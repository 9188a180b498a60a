import type { Bundle } from 'fhir/r4.d.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { found, validatorWith } from './conformance.ts';

const validator = validatorWith([]);
const uuid = (digit: number) => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${digit}`;
const mass = (value: number, code: string) => ({ value, system: 'http://unitsofmeasure.org', code });
const coded = (system: string) => ({ coding: [{ system, code: 'x' }] });
const restricted = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
const commented = {
  url: 'http://hl7.org/fhir/StructureDefinition/codesystem-concept-comments',
  valueString: 'x',
};
const observation = (further: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...further,
});

const named = (display: string) => ({
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory', display },
  ],
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
      'a UUID and an OID that are no URNs',
      { resourceType: 'Patient', identifier: [{ system: 'oid:1.2' }, { system: uuid(1).slice(4) }] },
      ['error value Patient.identifier[0].system', 'error value Patient.identifier[1].system'],
    ],
    [
      'systems of codes that are value sets or pages, or have another URL',
      observation({
        category: [
          coded('http://hl7.org/fhir/ValueSet/account-type'),
          coded('http://loinc.org/'),
          coded('https://terminology.hl7.org/CodeSystem/v3-ActCode'),
          coded('http://hl7.org/fhir/R4/codesystem-observation-category.html'),
          coded('https://example.org/codes'),
        ],
      }),
      [0, 1, 2, 3].map((index) => `error code-invalid Observation.category[${index}].coding[0]`),
    ],
    [
      'a unit that UCUM does not have',
      observation({ valueQuantity: mass(1, 'whatever') }),
      ['error code-invalid Observation.value.code'],
    ],
    [
      'a comparator of a quantity that has none',
      observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
      ['error structure Observation.referenceRange[0].low.comparator'],
    ],
    [
      'formats by their short names',
      {
        resourceType: 'CapabilityStatement',
        status: 'draft',
        date: '2020',
        kind: 'requirements',
        fhirVersion: '4.0.1',
        name: 'Formats',
        description: 'x',
        rest: [{ mode: 'server' }],
        format: ['json', 'xml', 'application/fhir+json', 'yaml'],
      },
      ['error code-invalid CapabilityStatement.format[3]'],
    ],
    [
      'a security label that is given twice',
      { resourceType: 'Patient', meta: { security: [restricted, restricted] } },
      ['error duplicate Patient.meta.security[1]'],
    ],
    [
      'an extension of an element on another one that has its content',
      {
        resourceType: 'CodeSystem',
        status: 'draft',
        content: 'complete',
        name: 'Codes',
        concept: [{ code: 'a', concept: [{ code: 'b', extension: [commented] }], extension: [commented] }],
        extension: [commented],
      },
      ['error extension CodeSystem.extension[0]'],
    ],
    [
      'a narrative of white space alone',
      {
        resourceType: 'Patient',
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"> </div>' },
      },
      ['error invariant Patient.text.div txt-2'],
    ],
    [
      'a system of a code that is not absolute',
      { resourceType: 'Basic', code: { coding: [{ system: 'x', code: 'y' }] } },
      ['error code-invalid Basic.code.coding[0]'],
    ],
    [
      'a display that is none of the names of its code',
      observation({ category: [named('laboratory'), named('Imaging')] }),
      ['error invalid Observation.category[1].coding[0].display'],
    ],
    ['a display in other letters and white space', observation({ category: [named(' LABORATORY ')] }), []],
    [
      'a display in a language of which no name is held, and of a code that is not held',
      observation({
        language: 'fr',
        category: [named('Laboratoire'), { coding: [{ system: 'urn:x', code: 'y', display: 'z' }] }],
      }),
      [],
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
      'elements of one id, each in its resource',
      {
        resourceType: 'Patient',
        id: 'a',
        contained: [{ resourceType: 'Organization', id: 'o', name: 'x', _name: { id: 'a' } }],
        name: [
          { id: 'a', text: 'x' },
          { text: 'y', _text: { id: 'a' } },
        ],
        managingOrganization: { reference: '#o' },
      },
      ['error duplicate Patient.name[1].text.id'],
    ],
    [
      'a canonical that is neither absolute nor a fragment',
      {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        questionnaire: 'Questionnaire/1',
        meta: { profile: ['http://hl7.org/fhir/StructureDefinition/QuestionnaireResponse'] },
      },
      ['error value QuestionnaireResponse.questionnaire'],
    ],
    [
      'contained resources of one id',
      {
        resourceType: 'Patient',
        contained: ['x', 'y'].map((name) => ({ resourceType: 'Organization', id: 'o', name })),
        managingOrganization: { reference: '#o' },
      },
      ['error duplicate Patient.contained[1].id'],
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
      'an invariant that reads what the structure refuses is not told',
      { resourceType: 'Patient', telecom: [{ system: 7, value: '1' }] },
      ['error structure Patient.telecom[0].system'],
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

test('elements of XML that stand out of order (xml.html)', () => {
  const xml = (name: string, content: string) =>
    readXml(Buffer.from(`<${name} xmlns="http://hl7.org/fhir">${content}</${name}>`));
  const late = '<gender value="male"/><active value="true"/>';
  expect(found(validator, xml('Patient', late))).toEqual(['error structure Patient.active']);
  const entry = `<entry><fullUrl value="${uuid(1)}"/><resource><Patient>${late}</Patient></resource></entry>`;
  const bundle = xml('Bundle', `<type value="collection"/>${entry}`) as unknown as Bundle;
  expect(found(validator, bundle)).toEqual(['error structure Bundle.entry[0].resource.active']);
  expect(found(validator, bundle.entry![0]!.resource!)).toEqual(['error structure Patient.active']);
  const sound = '<active value="true"/><name><text value="a"/></name><name><text value="b"/></name>';
  expect(found(validator, xml('Patient', sound))).toEqual([]);
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
