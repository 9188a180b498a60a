import { localTerminology } from '../../src/terminology/local-terminology.ts';
import { requiredBindingCheck } from '../../src/validation/bindings.ts';
import { ValidationContext } from '../../src/validation/context.ts';
import { canonical, found, profile, validatorWith } from './conformance.ts';
import { issuesOf, observation, patient } from './validate.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const condition = (clinicalStatus: object) => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/1' },
  clinicalStatus,
});

describe('required bindings', () => {
  test.each([
    ['male', []],
    ['unknown', []],
    ['Male', ['code-invalid Patient.gender']],
    ['M', ['code-invalid Patient.gender']],
    ['male ', ['value Patient.gender']],
  ])('of a code: %j', (gender, issues) => {
    expect(issuesOf(patient({ gender }))).toEqual(issues);
  });

  test.each([
    [{ coding: [{ system: clinical, code: 'active' }] }, []],
    [
      {
        coding: [
          { system: 'urn:local', code: 'x' },
          { system: clinical, code: 'active' },
        ],
      },
      [],
    ],
    [{ coding: [{ system: clinical, code: 'nothing' }] }, ['code-invalid Condition.clinicalStatus']],
    [{ coding: [{ system: 'urn:local', code: 'active' }] }, ['code-invalid Condition.clinicalStatus']],
    [{ coding: [{ code: 'active' }] }, ['code-invalid Condition.clinicalStatus']],
    [{ coding: [{ system: clinical }] }, ['code-invalid Condition.clinicalStatus']],
    [{ text: 'active' }, ['code-invalid Condition.clinicalStatus']],
    [{ coding: [null] }, ['structure Condition.clinicalStatus.coding[0]']],
  ])('of a CodeableConcept: %j', (clinicalStatus, issues) => {
    expect(issuesOf(condition(clinicalStatus))).toEqual(issues);
  });

  test('accept any code of a system that is not enumerated', () => {
    expect(issuesOf(patient({ photo: [{ contentType: 'image/x-anything' }] }))).toEqual([]);
  });

  test('leave other strengths alone', () => {
    expect(
      issuesOf(
        patient({
          maritalStatus: { coding: [{ system: 'urn:local', code: 'x' }] },
        }),
      ),
    ).toEqual([]);
    expect(issuesOf(observation({ category: [{ text: 'x' }] }))).toEqual([]);
  });
});

describe('requiredBindingCheck', () => {
  const valueSet = { systems: { 'urn:listed': ['a', 'b'], 'urn:whole': null } };
  const accepts = (
    type: string,
    value: unknown,
    set: Parameters<typeof requiredBindingCheck>[2] = valueSet,
  ) => {
    const context = new ValidationContext({ resourceType: 'Basic' });
    requiredBindingCheck(type, 'urn:set', set)?.(value, context);
    return context.issues.length === 0;
  };

  test('of a Coding asks for system and code', () => {
    expect(accepts('Coding', { system: 'urn:listed', code: 'a' })).toBe(true);
    expect(accepts('Coding', { system: 'urn:listed', code: 'c' })).toBe(false);
    expect(accepts('Coding', { system: 'urn:whole', code: 'anything' })).toBe(true);
    expect(accepts('Coding', { system: 'urn:other', code: 'a' })).toBe(false);
    expect(accepts('Coding', { code: 'a' })).toBe(false);
    expect(accepts('Coding', { system: 'urn:whole' })).toBe(false);
  });

  test('of a code takes the codes of every system', () => {
    const set = { systems: { 'urn:one': ['a'], 'urn:two': ['b'] } };
    expect(accepts('code', 'a', set)).toBe(true);
    expect(accepts('code', 'b', set)).toBe(true);
    expect(accepts('code', 'c', set)).toBe(false);
    expect(accepts('code', 'c')).toBe(true);
  });

  test('exists for coded types only', () => {
    expect(requiredBindingCheck('Quantity', 'urn:set', valueSet)).toBeUndefined();
  });
});

test('a value set that a profile contains holds in profiles based on it as well', () => {
  const contained = [
    {
      resourceType: 'ValueSet' as const,
      id: 'statuses',
      status: 'active' as const,
      compose: { include: [{ system: clinical, concept: [{ code: 'active' }] }] },
    },
  ];
  const binding = { strength: 'required' as const, valueSet: '#statuses' };
  const own = profile('own', 'Condition', [{ path: 'Condition.clinicalStatus', binding }], { contained });
  const based = profile('based', 'Condition', [], { baseDefinition: canonical('own') });
  const validator = validatorWith([own, based]);
  for (const name of ['own', 'based']) {
    const ofStatus = (code: string) =>
      found(validator, condition({ coding: [{ system: clinical, code }] }), { profiles: [canonical(name)] });
    expect(ofStatus('active')).toEqual([]);
    expect(ofStatus('relapse')).toEqual(['error code-invalid Condition.clinicalStatus']);
  }
});

test('advice is told where it is asked for: preferred bindings and best practice', () => {
  const binding = {
    strength: 'preferred' as const,
    valueSet: 'http://hl7.org/fhir/ValueSet/condition-clinical',
  };
  const preferring = profile('preferring', 'Condition', [{ path: 'Condition.code', binding }]);
  const resource = { ...condition({ coding: [{ system: clinical, code: 'active' }] }), code: { text: 'x' } };
  const of = (coding: object, withAdvice: boolean) =>
    found(
      validatorWith([preferring], localTerminology, withAdvice),
      { ...resource, code: { coding: [coding] } },
      {
        profiles: [canonical('preferring')],
      },
    );
  const other = { system: 'urn:local:x', code: 'x' };
  const bestPractice = 'warning invariant Condition dom-6';
  expect(of(other, false)).toEqual([]);
  expect(of(other, true)).toEqual([bestPractice, 'information code-invalid Condition.code']);
  expect(of({ system: clinical, code: 'active' }, true)).toEqual([bestPractice]);
});

test('a value of a type that a profile does not allow is not held to its binding', () => {
  const binding = {
    strength: 'required' as const,
    valueSet: 'http://hl7.org/fhir/ValueSet/observation-status',
  };
  const coded = { path: 'Observation.value[x]', type: [{ code: 'CodeableConcept' }], binding };
  const validator = validatorWith([profile('coded', 'Observation', [coded])]);
  expect(found(validator, observation({ valueString: 'x' }), { profiles: [canonical('coded')] })).toEqual([
    'error structure Observation.value',
  ]);
});
