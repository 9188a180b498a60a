import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { collector } from '../../src/fhir/fhirpath/branch.ts';
import { compileFhirPath } from '../../src/fhir/fhirpath/compile.ts';
import { FhirPathError } from '../../src/fhir/fhirpath/error.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';

const definitions = loadDefinitions();

function evaluate(expression: string, resource: Resource): readonly unknown[] {
  return collector(compileFhirPath(expression, resource.resourceType, definitions))(resource, { resource });
}

function types(expression: string, type: string): string[] {
  return compileFhirPath(expression, type, definitions).map((branch) => branch.type);
}

const patient: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  active: true,
  name: [
    { use: 'official', family: 'Durand', given: ['Zoé', null, 'Léa'], _given: [null, { id: 'g2' }, null] },
    { use: 'usual', family: 'Petit' },
  ],
  telecom: [{ system: 'phone', value: '01' }, { system: 'email', value: 'a@b.test' }, { value: 'none' }],
  birthDate: '1990-01-01',
  _birthDate: { extension: [{ url: 'http://x.test/time', valueDateTime: '1990-01-01T10:00:00Z' }] },
  multipleBirthInteger: 2,
  extension: [
    { url: 'http://x.test/place', valueAddress: { city: 'Rouen' } },
    { url: 'http://x.test/other', valueAddress: { city: 'Caen' } },
    { url: 'http://x.test/place', valueString: 'Lille' },
  ],
  generalPractitioner: [
    { reference: 'Practitioner/1' },
    { reference: 'https://far.test/fhir/Organization/2' },
    { type: 'PractitionerRole', identifier: { value: '3' } },
    { reference: '#inside' },
    { reference: 'urn:uuid:1', type: 'Organization' },
  ],
  contained: [{ resourceType: 'Practitioner', id: 'inside' }],
};

test.each<[string, unknown[]]>([
  ['Patient.name.family', ['Durand', 'Petit']],
  ['name.family', ['Durand', 'Petit']],
  ['Patient.name.given', ['Zoé', 'Léa']],
  ["Patient.name.where(use = 'usual').family", ['Petit']],
  ["Patient.name.where(use='official' and family='Durand').given", ['Zoé', 'Léa']],
  ["Patient.name.where(use='usual' or family='Durand').family", ['Durand', 'Petit']],
  ["Patient.telecom.where(system != 'phone').value", ['a@b.test']],
  ['Patient.telecom.where(system.exists()).value', ['01', 'a@b.test']],
  ['Patient.name[1].family', ['Petit']],
  ['Patient.name[2].family', []],
  ['Patient.name.given[1]', ['Léa']],
  ['Patient.active | Patient.id', [true, 'p1']],
  ['Patient.multipleBirth', [2]],
  ['Patient.multipleBirth.ofType(boolean)', []],
  ['(Patient.multipleBirth as integer)', [2]],
  ['Patient.multipleBirth.as(integer)', [2]],
  ['Patient.multipleBirth = 2', [true]],
  ['Patient.multipleBirth != 2', [false]],
  ['Patient.deceased.exists()', [false]],
  ['Patient.deceased.exists() and Patient.deceased != false', [false]],
  ['Patient.deceased != false', []],
  ['Patient.active.exists() and Patient.active != false', [true]],
  ["Patient.extension.where(url='http://x.test/place').value.city", ['Rouen']],
  ["Patient.extension('http://x.test/place').value.ofType(string)", ['Lille']],
  ["Patient.birthDate.extension('http://x.test/time').value", ['1990-01-01T10:00:00Z']],
  ["Patient.birthDate.extension.where(url = 'http://x.test/none').value", []],
  ['Patient.name.given.id', ['g2']],
  ['Patient.generalPractitioner.where(resolve() is Practitioner).reference', ['Practitioner/1', '#inside']],
  [
    'Patient.generalPractitioner.where(resolve() is Organization).reference',
    ['https://far.test/fhir/Organization/2', 'urn:uuid:1'],
  ],
  ['Patient.generalPractitioner.where(resolve() is PractitionerRole).identifier.value', ['3']],
  ['Patient.contained.ofType(Practitioner).id', ['inside']],
  ['Patient.contained.ofType(Organization).id', []],
  ['Patient.where(active).id', ['p1']],
  ['Patient.where(active.not()).id', []],
  ['Patient.where(deceased.empty()).id', ['p1']],
  ['Patient.where(name.empty()).id', []],
  ['Patient.deceased.ofType(boolean).not()', []],
  ['Patient.name.first().family', ['Durand']],
  ['Patient.name.last().family', ['Petit']],
  ['Patient.contact.first().gender', []],
  ['Patient.name.given.last()', ['Léa']],
  ["Patient.name.exists(use = 'usual')", [true]],
  ["Patient.name.exists(use = 'old')", [false]],
  ["Patient.telecom.where(value.startsWith('a@')).system", ['email']],
  ["Patient.telecom.where(value.endsWith('1')).system", ['phone']],
  ["Patient.telecom.where(value.contains('@')).system", ['email']],
  ['Patient.telecom.where(system.hasValue().not()).value', ['none']],
  ["Patient.extension('http://x.test/place').where(value is string).value", ['Lille']],
  ["Patient.extension('http://x.test/place').where(value.is(Address)).value.city", ['Rouen']],
  ["(Patient.extension('http://x.test/place').value as FHIR.string)", ['Lille']],
  ["Patient.extension('http://x.test/place').value.ofType(FHIR.Address).city", ['Rouen']],
  ['Patient.name is HumanName', [true]],
  ['Patient.multipleBirth is boolean', [false]],
  ['Patient.deceased is boolean', []],
  ['Patient.generalPractitioner.where(resolve().is(Practitioner)).reference', ['Practitioner/1', '#inside']],
  ['Resource.id', ['p1']],
  ['DomainResource.id', ['p1']],
  ['Observation.code | Patient.id', ['p1']],
  ["Patient.name.where($this.family = 'Petit').use", ['usual']],
  ["Patient.name.where(family = 'D\\u0041').use", []],
])('%s', (expression, values) => {
  expect(evaluate(expression, patient)).toEqual(values);
});

test('escapes in string literals are resolved', () => {
  const resource: Resource = { resourceType: 'Patient', name: [{ family: "O'Hara\\n", use: 'usual' }] };
  expect(evaluate("Patient.name.where(family = 'O\\'Hara\\\\n').use", resource)).toEqual(['usual']);
});

test('a number that keeps its digits equals a literal', () => {
  const resource: Resource = {
    resourceType: 'RiskAssessment',
    prediction: [{ probabilityDecimal: parseJson('0.50') }],
  };
  expect(evaluate('RiskAssessment.prediction.probability.ofType(decimal) = 0.5', resource)).toEqual([true]);
});

test('a filter of several values compares each by itself', () => {
  const observation: Resource = {
    resourceType: 'Observation',
    component: [{ valueQuantity: { value: 1 } }, { valueString: 'x' }, { valueQuantity: { value: 2 } }],
  };
  expect(evaluate('(Observation.component.value as Quantity).value', observation)).toEqual([1, 2]);
});

test('an element of the contents of another one is followed', () => {
  const map: Resource = {
    resourceType: 'ConceptMap',
    group: [{ element: [{ target: [{ product: [{ property: 'http://x.test/p' }] }] }] }],
  };
  expect(evaluate('ConceptMap.group.element.target.product.property', map)).toEqual(['http://x.test/p']);
});

test('the static types of a choice are its types', () => {
  expect(types('Patient.deceased', 'Patient')).toEqual(['boolean', 'dateTime']);
  expect(types('Condition.onset.ofType(Quantity)', 'Condition')).toEqual(['Age']);
  expect(types('Observation.code', 'Patient')).toEqual([]);
  expect(types('Bundle.entry[0].resource | Patient.id', 'Patient')).toEqual(['id']);
  expect(types('Patient.deceased.exists() and Patient.deceased != false', 'Patient')).toEqual(['boolean']);
});

test.each([
  'Patient.nome',
  'Patient.name.family.given',
  "Patient.name.given.where($this = 'x').extension",
  'Patient.deceased.first()',
  'Patient.deceased.not()',
  'Patient.extension.value.extension.value.extension.value',
  'Patient.generalPractitioner.resolve().name',
  '(Patient.generalPractitioner.resolve() as Practitioner).name',
  'Patient.name.count()',
  "Patient.name.family.matches('D.*')",
  'Patient.name.family.startsWith(use)',
  'Patient.name.exists(family)',
  'Patient.name is HumanNam',
  'Patient.name.ofType(System.String)',
  'Patient.name.where()',
  'Patient.name.where(family)',
  'Patient.name.ofType(HumanNam)',
  "Patient.name.ofType('HumanName')",
  'Patient.name.where(resolve() is Nothing)',
  'Patient.deceased[0]',
  'Patient.name[x]',
  'Patient.name[1.5]',
  'Patient.name.',
  'Patient..name',
  'Patient.name)',
  '(Patient.name',
  'Patient.name.family = Patient.id',
  'Patient.name + 1',
  "'x'",
  "Patient.name.where(use = 'x",
  '%resource.id',
  '',
])('refuses %j', (expression) => {
  expect(() => compileFhirPath(expression, 'Patient', definitions)).toThrow(FhirPathError);
});

test('refuses a type that R4 does not have', () => {
  expect(() => compileFhirPath('Patient.id', 'Patiente', definitions)).toThrow('Unknown type Patiente');
});
