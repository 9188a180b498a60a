import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import { compileExpression } from '../../../src/fhir/fhirpath/compile-expression.ts';
import { type Environment, Work } from '../../../src/fhir/fhirpath/expression.ts';

const definitions = loadDefinitions();

export const patient = {
  resourceType: 'Patient',
  id: 'p',
  meta: { profile: ['http://example.org/p|1'], lastUpdated: '2024-02-29T10:00:00.5+01:00' },
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Hospital' }],
  extension: [
    { url: 'urn:a', valueString: 'first' },
    { url: 'urn:b', extension: [{ url: 'status', valueCoding: { system: 's', code: 'VALI' } }] },
  ],
  identifier: [
    { use: 'official', system: 'urn:oid:1', value: '12' },
    { system: 'urn:oid:2', value: '3' },
  ],
  active: true,
  name: [
    { use: 'official', family: 'Dupont', given: ['Jean', 'Paul'], period: { start: '2020', end: '2021-02' } },
    { use: 'usual', given: ['Jo'], _family: { extension: [{ url: 'urn:none', valueCode: 'masked' }] } },
  ],
  telecom: [{ system: 'phone', value: '01', rank: 2 }],
  gender: 'male',
  birthDate: '1980-05-17',
  _birthDate: { id: 'bd', extension: [{ url: 'urn:time', valueDateTime: '1980-05-17T08:30:00+02:00' }] },
  deceasedBoolean: false,
  multipleBirthInteger: 2,
  contact: [{ relationship: [{ text: 'mère' }], name: { family: 'Durand' } }],
  managingOrganization: { reference: '#o' },
};

export const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
  valueQuantity: { value: 120.5, unit: 'mm Hg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
  effectiveDateTime: '2024-02-29',
  component: [
    { code: { text: 'a' }, valueQuantity: { value: 1, unit: 'g', code: 'g' } },
    { code: { text: 'b' }, valueString: 'x' },
    { code: { text: 'c' }, valueQuantity: { value: 900, unit: 'mg', code: 'mg' } },
  ],
};

export function environmentOf(resource: unknown, more: Partial<Environment> = {}): Environment {
  return { resource, rootResource: resource, work: new Work(), ...more };
}

/** The result on a whole resource. */
export function evaluate(
  expression: string,
  resource: { resourceType: string } = patient,
  more?: Partial<Environment>,
) {
  return compileExpression(expression, resource.resourceType, definitions).evaluate(
    { value: resource },
    environmentOf(resource, more),
  );
}

/** The verdict on a whole resource. */
export function holds(
  expression: string,
  resource: { resourceType: string } = patient,
  more?: Partial<Environment>,
) {
  return compileExpression(expression, resource.resourceType, definitions).test(
    { value: resource },
    environmentOf(resource, more),
  );
}
