import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { issuesOf, issuesOfText, observation, patient } from './validate.ts';

const extension = { url: 'http://a.example/x', valueBoolean: true };

describe('a whole resource', () => {
  test('with names, companions, extensions and contained resources is accepted', () => {
    expect(
      issuesOf(
        patient({
          id: 'p1',
          meta: {
            versionId: '1',
            lastUpdated: '2024-02-29T10:00:00.000Z',
            profile: ['http://a.example/p|1'],
          },
          text: {
            status: 'generated',
            div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
          },
          contained: [{ resourceType: 'Organization', id: 'o', name: 'Hôpital' }],
          extension: [
            {
              url: 'http://a.example/nested',
              extension: [{ url: 'inner', valueString: 'x' }],
            },
          ],
          identifier: [
            {
              system: 'urn:oid:1.2.250.1.213.1.4.10',
              value: '1',
              use: 'official',
            },
          ],
          active: true,
          name: [
            {
              family: 'X',
              given: ['A', null],
              _given: [null, { extension: [extension] }],
            },
          ],
          telecom: [{ system: 'phone', value: '01', rank: 1 }],
          gender: 'female',
          birthDate: '1982-09',
          _birthDate: { id: 'b', extension: [extension] },
          deceasedBoolean: false,
          multipleBirthInteger: 2,
          managingOrganization: { reference: '#o' },
        }),
      ),
    ).toEqual([]);
  });

  test('is checked only by itself: a second check gives the same issues', () => {
    const validator = createValidator(loadDefinitions());
    const bad = patient({ foo: 1, name: [{ family: '' }] }) as Resource;
    expect(validator.validate(bad)).toEqual(validator.validate(bad));
    expect(validator.validate(bad)).toHaveLength(2);
  });

  test('gives its issues in document order, required elements after the rest of their object', () => {
    expect(issuesOf({ resourceType: 'Observation', foo: 1, status: 'nope', bar: 2 })).toEqual([
      'structure Observation.foo',
      'code-invalid Observation.status',
      'structure Observation.bar',
      'required Observation.code',
    ]);
  });

  test('gives at most 100 issues', () => {
    const name = Array.from({ length: 500 }, () => ({
      family: 1,
      suffix: null,
    }));
    expect(issuesOf(patient({ name }))).toHaveLength(100);
    const clinicalStatus = null;
    expect(
      issuesOf({
        resourceType: 'Condition',
        identifier: name,
        clinicalStatus,
        subject: null,
      }),
    ).toHaveLength(100);
  });

  test('never carries a value in its issues', () => {
    const secret = 'SECRETVALUE';
    const issues = createValidator(loadDefinitions()).validate(
      patient({
        gender: secret,
        birthDate: secret,
        active: secret,
        name: secret,
        [`${secret} ${secret}`]: secret,
        managingOrganization: { reference: `Patient/${secret}`, type: secret },
        generalPractitioner: [{ reference: `#${secret}` }],
      }) as Resource,
    );
    expect(issues.length).toBeGreaterThan(6);
    expect(JSON.stringify(issues)).not.toContain(secret);
  });
});

describe('the resource type', () => {
  test.each([
    [{}, 'required Resource.resourceType'],
    [{ resourceType: 'Nothing' }, 'not-supported Nothing.resourceType'],
    [{ resourceType: 'HumanName' }, 'not-supported HumanName.resourceType'],
    [{ resourceType: 'DomainResource' }, 'not-supported DomainResource.resourceType'],
    [{ resourceType: 'toString' }, 'not-supported Resource.resourceType'],
    [{ resourceType: 'a b' }, 'not-supported Resource.resourceType'],
    [{ resourceType: ['Patient'] }, 'not-supported Resource.resourceType'],
  ])('of %j is refused', (resource, issue) => {
    expect(issuesOf(resource)).toEqual([issue]);
  });

  test.each([[null], ['text'], [1], [[]]])('%j is no resource', (value) => {
    expect(createValidator(loadDefinitions()).validate(value as unknown as Resource)).toMatchObject([
      { code: 'structure', expression: 'Resource' },
    ]);
  });
});

describe('unknown elements', () => {
  test.each([
    [{ foo: 1 }, 'structure Patient.foo'],
    [{ fhir_comments: ['x'] }, 'structure Patient.fhir_comments'],
    [{ name: [{ family: 'X', famly: 'X' }] }, 'structure Patient.name[0].famly'],
    [{ _name: [{ id: 'x' }] }, 'structure Patient._name'],
    [{ _resourceType: { id: 'x' } }, 'structure Patient._resourceType'],
    [{ _id: { extension: [extension] } }, 'structure Patient._id'],
    [{ name: [{ resourceType: 'HumanName' }] }, 'structure Patient.name[0].resourceType'],
    [{ meta: { project: 'x' } }, 'structure Patient.meta.project'],
    [{ constructor: 1 }, 'structure Patient.constructor'],
    [{ 'not a name': 1 }, 'structure Patient'],
    [{ text: { status: 'empty', div: '<div/>', _div: { id: 'd' } } }, undefined],
    [
      { text: { status: 'empty', div: '<div/>', _div: { extension: [] } } },
      'structure Patient.text.div.extension',
    ],
  ])('%j', (elements, issue) => {
    expect(issuesOf(patient(elements))).toEqual(issue === undefined ? [] : [issue]);
  });

  test('an absent member of a resource built in code is no element', () => {
    expect(issuesOf(patient({ foo: undefined, active: undefined }))).toEqual([]);
  });
});

describe('JSON shapes', () => {
  test.each([
    [{ name: { family: 'X' } }, 'structure Patient.name'],
    [{ name: 'X' }, 'structure Patient.name'],
    [{ name: null }, 'structure Patient.name'],
    [{ name: [] }, 'structure Patient.name'],
    [{ name: [{}] }, 'structure Patient.name[0]'],
    [{ name: [null] }, 'structure Patient.name[0]'],
    [{ name: ['X'] }, 'structure Patient.name[0]'],
    [{ name: [[{ family: 'X' }]] }, 'structure Patient.name[0]'],
    [{ gender: ['male'] }, 'structure Patient.gender'],
    [{ gender: {} }, 'structure Patient.gender'],
    [{ gender: null }, 'structure Patient.gender'],
    [{ gender: '' }, 'value Patient.gender'],
    [{ active: 'true' }, 'structure Patient.active'],
    [{ maritalStatus: [{ text: 'x' }] }, 'structure Patient.maritalStatus'],
    [{ maritalStatus: {} }, 'structure Patient.maritalStatus'],
    [{ maritalStatus: 1 }, 'structure Patient.maritalStatus'],
    [{ name: [{ given: 'A' }] }, 'structure Patient.name[0].given'],
    [{ name: [{ given: [] }] }, 'structure Patient.name[0].given'],
    [{ name: [{ given: [''] }] }, 'value Patient.name[0].given[0]'],
    [{ name: [{ given: [['A']] }] }, 'structure Patient.name[0].given[0]'],
    [{ birthDate: '2023-02-29' }, 'value Patient.birthDate'],
    [{ name: [{ family: 'X' }, { family: 1 }] }, 'structure Patient.name[1].family'],
  ])('%j', (elements, issue) => {
    expect(issuesOf(patient(elements))).toEqual([issue]);
  });

  test('a decimal kept as written is no object', () => {
    expect(issuesOfText('{"resourceType":"Patient","maritalStatus":1.0}')).toEqual([
      'structure Patient.maritalStatus',
    ]);
    expect(issuesOfText('{"resourceType":"Patient","contained":[1.0]}')).toHaveLength(1);
  });

  test('a decimal keeps its digits, an integer has none after the point', () => {
    const text =
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}';
    expect(issuesOfText(text)).toEqual([]);
    expect(issuesOfText('{"resourceType":"Patient","multipleBirthInteger":2.0}')).toEqual([
      'value Patient.multipleBirth',
    ]);
  });

  test('nesting beyond what can be parsed is refused, not followed', () => {
    let item: object = { linkId: 'x', type: 'display' };
    for (let level = 0; level < 100_000; level++) item = { linkId: 'x', type: 'group', item: [item] };
    const issues = issuesOf({
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [item],
    });
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatch(/^structure Questionnaire\.item/);
  });
});

describe('companions of primitive elements', () => {
  test.each([
    [{ _birthDate: { extension: [extension] } }],
    [{ birthDate: '1982', _birthDate: { id: 'x' } }],
    [{ name: [{ _given: [{ id: 'x' }] }] }],
    [{ name: [{ given: ['A', 'B'], _given: [null, { id: 'x' }] }] }],
    [{ name: [{ given: [null, 'B'], _given: [{ id: 'x' }, null] }] }],
    [{ _deceasedBoolean: { extension: [extension] } }],
    [{ deceasedBoolean: true, _deceasedBoolean: { id: 'x' } }],
  ])('%j is accepted', (elements) => {
    expect(issuesOf(patient(elements))).toEqual([]);
  });

  test.each([
    [{ _birthDate: 'x' }, 'structure Patient.birthDate'],
    [{ _birthDate: null }, 'structure Patient.birthDate'],
    [{ _birthDate: {} }, 'structure Patient.birthDate'],
    [{ _birthDate: [{ id: 'x' }] }, 'structure Patient.birthDate'],
    [{ _birthDate: { value: '1982' } }, 'structure Patient.birthDate.value'],
    [{ _birthDate: { extension: [{ valueString: 'x' }] } }, 'required Patient.birthDate.extension[0].url'],
    [{ name: [{ given: [null] }] }, 'structure Patient.name[0].given[0]'],
    [{ name: [{ given: [null, 'B'], _given: [null, { id: 'x' }] }] }, 'structure Patient.name[0].given[0]'],
    [{ name: [{ _given: [null, { id: 'x' }] }] }, 'structure Patient.name[0].given[0]'],
    [{ name: [{ given: ['A'], _given: [null, { id: 'x' }] }] }, 'structure Patient.name[0].given'],
    [{ name: [{ given: ['A', 'B'], _given: [{ id: 'x' }] }] }, 'structure Patient.name[0].given'],
    [{ name: [{ given: ['A'], _given: { id: 'x' } }] }, 'structure Patient.name[0].given'],
    [{ name: [{ given: ['A'], _given: [{}] }] }, 'structure Patient.name[0].given[0]'],
    [{ _gender: [] }, 'structure Patient.gender'],
  ])('%j is refused', (elements, issue) => {
    expect(issuesOf(patient(elements))).toEqual([issue]);
  });
});

describe('cardinality', () => {
  test.each([
    [{ resourceType: 'Observation', code: { text: 'x' } }, ['required Observation.status']],
    [{ resourceType: 'Observation' }, ['required Observation.status', 'required Observation.code']],
    [
      {
        resourceType: 'Observation',
        code: { text: 'x' },
        _status: { extension: [extension] },
      },
      [],
    ],
    [
      { resourceType: 'Patient', communication: [{ preferred: true }] },
      ['required Patient.communication[0].language'],
    ],
    [{ resourceType: 'Patient', link: [{ type: 'seealso' }] }, ['required Patient.link[0].other']],
    [{ resourceType: 'OperationOutcome' }, ['required OperationOutcome.issue']],
    [{ resourceType: 'OperationOutcome', issue: [] }, ['structure OperationOutcome.issue']],
    [
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/1' },
      },
      ['required MedicationRequest.medication'],
    ],
    // What is missing within what is empty, or there in a type that is not allowed, is not told as well.
    [{ resourceType: 'Patient', link: [{}] }, ['structure Patient.link[0]']],
    [
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/1' },
        medicationString: 'x',
      },
      ['structure MedicationRequest.medication'],
    ],
  ])('%j', (resource, issues) => {
    expect(issuesOf(resource)).toEqual(issues);
  });
});

describe('bounds of repetitions that R4 itself does not use', () => {
  const definitions = loadDefinitions();
  const { Patient } = definitions.types;
  const elements = (Patient?.elements ?? []).map((element) =>
    element.name === 'name' ? { ...element, min: 2, max: 3 } : element,
  );
  const validator = createValidator({
    ...definitions,
    types: { ...definitions.types, Patient: { kind: 'resource', abstract: false, elements } },
  });

  test.each([
    [0, ['required Patient.name']],
    [1, ['required Patient.name']],
    [2, []],
    [3, []],
    [4, ['structure Patient.name']],
  ])('%i names of 2 to 3', (count, issues) => {
    const name = Array.from({ length: count }, () => ({ family: 'X' }));
    const resource = { resourceType: 'Patient', active: true, ...(count > 0 && { name }) };
    expect(validator.validate(resource).map(({ code, expression }) => `${code} ${expression}`)).toEqual(
      issues,
    );
  });
});

describe('choices of types', () => {
  test.each([
    [{ valueQuantity: { value: 1 } }, []],
    [{ valueString: 'x', _valueString: { id: 'x' } }, []],
    [{ valueString: 'x', valueInteger: 1 }, ['structure Observation.value']],
    [{ valueString: 'x', _valueInteger: { id: 'x' } }, ['structure Observation.value']],
    [{ valueDecimal: 1 }, ['structure Observation.value']],
    [{ valueNothing: 1 }, ['structure Observation.value']],
    [{ value: 1 }, ['structure Observation.value']],
    [{ valuequantity: {} }, ['structure Observation.valuequantity']],
    [{ valueQuantity: { value: 'x' } }, ['structure Observation.value.value']],
    [{ valueBoolean: 'x' }, ['structure Observation.value']],
    [{ effectiveDateTime: '2024', valueString: 'x' }, []],
    [
      { component: [{ code: { text: 'x' }, valueTime: '25:00:00' }] },
      ['value Observation.component[0].value'],
    ],
  ])('%j', (elements, issues) => {
    expect(issuesOf(observation(elements))).toEqual(issues);
  });
});

describe('extensions', () => {
  test.each([
    [{ url: 'x', valueString: 'x' }, []],
    [{ url: 'x', _valueString: { id: 'x' } }, []],
    [{ url: 'x', extension: [{ url: 'y', valueCode: 'z' }] }, []],
    [{ valueString: 'x' }, ['required Patient.extension[0].url']],
    [{ url: 'x' }, ['invariant Patient.extension[0]']],
    [{ url: 'x', id: 'x' }, ['invariant Patient.extension[0]']],
    [{ url: 'x', valueString: 'x', extension: [extension] }, ['invariant Patient.extension[0]']],
    [{ url: 'x', valueString: 'x', valueCode: 'x' }, ['structure Patient.extension[0].value']],
    [{ url: 'x', valuePatient: {} }, ['structure Patient.extension[0].value']],
    [{ url: '', valueString: 'x' }, ['value Patient.extension[0].url']],
    [{ url: 'a b', valueString: 'x' }, ['value Patient.extension[0].url']],
    [{ url: 'x', _url: { id: 'x' }, valueString: 'x' }, ['structure Patient.extension[0]._url']],
    [{ url: 'x', extension: [{ url: 'y' }] }, ['invariant Patient.extension[0].extension[0]']],
    [{ url: 'x', valueHumanName: { family: 1 } }, ['structure Patient.extension[0].value.family']],
  ])('%j', (one, issues) => {
    expect(issuesOf(patient({ extension: [one] }))).toEqual(issues);
  });
});

describe('content references', () => {
  const questionnaire = (item: object) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [item],
  });

  test('give the nested elements the same rules', () => {
    const nested = {
      linkId: '2',
      type: 'group',
      item: [{ linkId: '3', type: 'display' }],
    };
    expect(issuesOf(questionnaire({ linkId: '1', type: 'group', item: [nested] }))).toEqual([]);
    const faulty = {
      type: 'nothing',
      item: [{ linkId: 1, type: 'display', foo: 1 }],
    };
    expect(issuesOf(questionnaire({ linkId: '1', type: 'group', item: [faulty] }))).toEqual([
      'code-invalid Questionnaire.item[0].item[0].type',
      'structure Questionnaire.item[0].item[0].item[0].linkId',
      'structure Questionnaire.item[0].item[0].item[0].foo',
      'required Questionnaire.item[0].item[0].linkId',
    ]);
  });

  test('may lead to another branch of the type', () => {
    const bundle = (link: object) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ link: [link] }],
    });
    expect(issuesOf(bundle({ relation: 'self', url: 'http://a.example' }))).toEqual([]);
    expect(issuesOf(bundle({ relation: 'self' }))).toEqual(['required Bundle.entry[0].link[0].url']);
  });
});
