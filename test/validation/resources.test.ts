import { issuesOf, patient } from './validate.ts';

describe('contained resources', () => {
  test.each([
    [{ resourceType: 'Organization', id: 'o', name: 'X' }, []],
    [{ resourceType: 'Organization', name: 'X' }, ['required Patient.contained[0].id']],
    [{ resourceType: 'Nothing', id: 'o' }, ['not-supported Patient.contained[0].resourceType']],
    [{ id: 'o', name: 'X' }, ['required Patient.contained[0].resourceType']],
    [{ resourceType: 'Organization', id: 'o', foo: 1 }, ['structure Patient.contained[0].foo']],
    [{ resourceType: 'Observation', id: 'o', status: 'final' }, ['required Patient.contained[0].code']],
    [
      {
        resourceType: 'Patient',
        id: 'o',
        contained: [{ resourceType: 'Patient', id: 'i' }],
      },
      ['invariant Patient.contained[0].contained'],
    ],
    ['Organization', ['structure Patient.contained[0]']],
    [null, ['structure Patient.contained[0]']],
  ])('%j', (resource, issues) => {
    expect(issuesOf(patient({ contained: [resource] }))).toEqual(issues);
  });

  test('stand in an array', () => {
    expect(issuesOf(patient({ contained: { resourceType: 'Organization', id: 'o' } }))).toEqual([
      'structure Patient.contained',
    ]);
  });
});

describe('resources in a Bundle', () => {
  const bundle = (...resources: unknown[]) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  });

  test('are checked by their own type', () => {
    expect(
      issuesOf(
        bundle(patient({ active: true }), {
          resourceType: 'Binary',
          contentType: 'a/b',
        }),
      ),
    ).toEqual([]);
    expect(
      issuesOf(bundle(patient({ active: 1 }), { resourceType: 'Binary' }, { resourceType: 'Nope' }, 'x', {})),
    ).toEqual([
      'structure Bundle.entry[0].resource.active',
      'required Bundle.entry[1].resource.contentType',
      'not-supported Bundle.entry[2].resource.resourceType',
      'structure Bundle.entry[3].resource',
      'required Bundle.entry[4].resource.resourceType',
    ]);
  });

  test('may contain resources themselves', () => {
    expect(
      issuesOf(
        bundle(
          patient({
            contained: [{ resourceType: 'Organization', id: 'o', name: 'X' }],
          }),
        ),
      ),
    ).toEqual([]);
    expect(issuesOf(bundle(bundle(patient({ foo: 1 }))))).toEqual([
      'structure Bundle.entry[0].resource.entry[0].resource.foo',
    ]);
  });
});

describe('resources in Parameters', () => {
  const parameters = (...parameter: object[]) => ({
    resourceType: 'Parameters',
    parameter,
  });

  test.each([
    [{ name: 'a', valueString: 'x' }, []],
    [{ name: 'a', resource: { resourceType: 'Patient', active: true } }, []],
    [
      {
        name: 'a',
        part: [{ name: 'b', resource: { resourceType: 'Patient', active: true } }],
      },
      [],
    ],
    [{ valueString: 'x' }, ['required Parameters.parameter[0].name']],
    [
      { name: 'a', resource: { resourceType: 'Patient', foo: 1 } },
      ['structure Parameters.parameter[0].resource.foo'],
    ],
    [
      {
        name: 'a',
        part: [{ name: 'b', resource: { resourceType: 'Patient', active: 1 } }],
      },
      ['structure Parameters.parameter[0].part[0].resource.active'],
    ],
    [{ name: 'a', valueString: 'x', valueCode: 'x' }, ['structure Parameters.parameter[0].value']],
  ])('%j', (parameter, issues) => {
    expect(issuesOf(parameters(parameter))).toEqual(issues);
  });

  test('keep what they contain to themselves', () => {
    const resource = patient({
      contained: [{ resourceType: 'Organization', id: 'o', name: 'X' }],
      managingOrganization: { reference: '#o' },
    });
    expect(
      issuesOf(parameters({ name: 'a', resource }, { name: 'b', valueReference: { reference: '#o' } })),
    ).toEqual(['invariant Parameters.parameter[1].value.reference']);
  });
});
