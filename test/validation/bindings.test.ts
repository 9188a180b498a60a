import { requiredBindingCheck } from '../../src/validation/bindings.ts';
import { ValidationContext } from '../../src/validation/context.ts';
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
