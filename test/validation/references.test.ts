import type { Resource } from '../../src/fhir/resource.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import { canonical, type Element, found, ofPatient, profile, validatorWith } from './conformance.ts';
import { issuesOf, patient } from './validate.ts';

const managedBy = (managingOrganization: object, more: object = {}) =>
  issuesOf(patient({ managingOrganization, ...more }));
const wrong = ['value Patient.managingOrganization'];
const malformed = ['value Patient.managingOrganization.reference'];

describe('the target of a reference', () => {
  test.each([
    [{ reference: 'Organization/1' }, []],
    [{ reference: 'Organization/1/_history/2' }, []],
    [{ reference: 'https://a.example/fhir/Organization/1' }, []],
    [{ reference: 'https://a.example/fhir/Organization/1/_history/2' }, []],
    [{ reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }, []],
    [{ reference: 'urn:oid:1.2.3' }, []],
    [{ reference: 'https://a.example/elsewhere' }, []],
    [{ reference: 'https://a.example/Unknown/1' }, []],
    [{ reference: 'Organization?identifier=urn:x|1' }, []],
    [{ identifier: { value: '1' } }, []],
    [{ display: 'x' }, []],
    [{ reference: 'Patient/1' }, wrong],
    [{ reference: 'Patient/1/_history/1' }, wrong],
    [{ reference: 'https://a.example/fhir/Patient/1' }, wrong],
    [{ reference: 'Patient?identifier=1' }, wrong],
    [{ type: 'Organization', identifier: { value: '1' } }, []],
    [
      {
        type: 'http://hl7.org/fhir/StructureDefinition/Organization',
        display: 'x',
      },
      [],
    ],
    [{ type: 'Patient', identifier: { value: '1' } }, wrong],
    [
      {
        reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        type: 'Patient',
      },
      wrong,
    ],
    [{ reference: 'Organization/1', type: 'Organization' }, []],
    [{ reference: 'Organization/1', type: 'Patient' }, ['value Patient.managingOrganization.type']],
    [{ reference: 'Patient/1', type: 'Organization' }, ['value Patient.managingOrganization.type']],
    [{ reference: 'Nothing/1' }, malformed],
    [{ reference: 'organization/1' }, malformed],
    [{ reference: 'Organization' }, malformed],
    [{ reference: 'Organization/a_b' }, malformed],
    [{ reference: `Organization/${'x'.repeat(65)}` }, malformed],
    [{ reference: 'fhir/Organization/1' }, malformed],
    [{ reference: '/Organization/1' }, malformed],
    [{ reference: 1 }, ['structure Patient.managingOrganization.reference']],
    [{ reference: '' }, malformed],
  ])('%j', (reference, issues) => {
    expect(managedBy(reference)).toEqual(issues);
  });

  test('may be of any type where R4 does not limit it', () => {
    const list = (reference: string) => ({
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference } }],
    });
    expect(issuesOf(list('Slot/1'))).toEqual([]);
    expect(issuesOf(list('Nothing/1'))).toEqual(['value List.entry[0].item.reference']);
  });
});

describe('a reference to a contained resource', () => {
  const contained = [
    { resourceType: 'Organization', id: 'o' },
    { resourceType: 'Practitioner', id: 'p' },
  ];

  test.each([
    ['#o', []],
    ['#p', wrong],
    ['#none', ['invariant Patient.managingOrganization.reference']],
    ['#', wrong],
  ])('%s', (reference, issues) => {
    expect(managedBy({ reference }, { contained })).toEqual(issues);
  });

  test('is refused where nothing is contained', () => {
    expect(managedBy({ reference: '#o' })).toEqual(['invariant Patient.managingOrganization.reference']);
    expect(managedBy({ reference: '#o' }, { contained: [null] })).toContain(
      'invariant Patient.managingOrganization.reference',
    );
  });

  test('from a contained resource leads to its siblings and to the container', () => {
    const role = (references: object) => ({
      resourceType: 'PractitionerRole',
      id: 'r',
      ...references,
    });
    expect(
      issuesOf(
        patient({
          contained: [
            ...contained,
            role({
              practitioner: { reference: '#p' },
              organization: { reference: '#o' },
            }),
            {
              resourceType: 'Observation',
              id: 'x',
              status: 'final',
              code: { text: 'x' },
              subject: { reference: '#' },
            },
          ],
        }),
      ),
    ).toEqual([]);
    expect(
      issuesOf(
        patient({
          contained: [...contained, role({ practitioner: { reference: '#o' } })],
        }),
      ),
    ).toEqual(['value Patient.contained[2].practitioner']);
  });

  test('stays within the entry of a Bundle', () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      contained: undefined,
      entry: [
        {
          resource: patient({
            contained,
            managingOrganization: { reference: '#o' },
          }),
        },
        { resource: patient({ managingOrganization: { reference: '#o' } }) },
      ],
    };
    expect(issuesOf(bundle)).toEqual(['invariant Bundle.entry[1].resource.managingOrganization.reference']);
  });
});

describe('the profile of a target', () => {
  const targetProfile = ['practitioner', 'unknown'].map(canonical);
  const path = 'Patient.generalPractitioner';
  const validator = validatorWith([
    profile('patient', 'Patient', [{ path, type: [{ code: 'Reference', targetProfile }] }]),
    profile('practitioner', 'Practitioner', [{ path: 'Practitioner.name', min: 1 }]),
  ]);
  const resource = { resourceType: 'Patient', generalPractitioner: [{ reference: 'Practitioner/p' }] };
  const checked = (target: object | null | undefined) =>
    found(validator, resource, {
      profiles: [canonical('patient')],
      targets: (reference) => (reference === 'Practitioner/p' ? (target as Resource) : undefined),
    });

  test.each([
    ['that was not looked up', undefined, []],
    ['that is not there', null, ['error not-found Patient.generalPractitioner[0].reference']],
    ['that holds to one of the profiles', { resourceType: 'Practitioner', name: [{ text: 'x' }] }, []],
    [
      'that may hold to one that is not known',
      { resourceType: 'Practitioner', active: true },
      ['warning not-found Patient.generalPractitioner[0]'],
    ],
  ])('%s', (_, target, expected) => {
    expect(checked(target)).toEqual(expected);
  });

  test('invariants and slices see what was looked up', () => {
    const constraint = [
      { key: 'x-1', severity: 'error' as const, human: 'x', expression: 'resolve().active = true' },
    ];
    const slicing = {
      discriminator: [{ type: 'profile' as const, path: 'resolve()' }],
      rules: 'open' as const,
    };
    const slice = {
      path,
      sliceName: 'named',
      min: 1,
      type: [{ code: 'Reference', targetProfile: [canonical('practitioner')] }],
    };
    const demanding = validatorWith([
      profile('patient', 'Patient', [
        { path, slicing, constraint },
        { id: `${path}:named`, ...slice },
      ]),
      profile('practitioner', 'Practitioner', [{ path: 'Practitioner.name', min: 1 }]),
    ]);
    const ask = (target: object) =>
      found(demanding, resource, {
        profiles: [canonical('patient')],
        targets: () => ({ resourceType: 'Practitioner', ...target }),
      });
    expect(ask({ active: true, name: [{ text: 'x' }] })).toEqual([]);
    expect(ask({ active: false })).toEqual([
      'error invariant Patient.generalPractitioner[0] x-1',
      'error required Patient.generalPractitioner',
    ]);
  });
});

describe('a chain of resources that refer to one another by profile', () => {
  const uuid = (index: number) => `urn:uuid:00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const system = 'http://terminology.hl7.org/CodeSystem/organization-type';
  const chain = (length: number) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: Array.from({ length }, (_, index) => ({
      fullUrl: uuid(index),
      resource: {
        resourceType: 'Organization',
        meta: { profile: [canonical('part')] },
        name: 'x',
        type: [{ coding: [{ system, code: 'dept' }] }],
        partOf: { reference: uuid((index + 1) % length) },
      },
    })),
  });
  const part = profile('part', 'Organization', [
    { path: 'Organization.type', binding: { strength: 'required', valueSet: 'urn:test:types' } },
    {
      path: 'Organization.partOf',
      type: [{ code: 'Reference', targetProfile: [canonical('part')] }],
    },
  ]);

  test('ends, however long it is', () => {
    expect(found(validatorWith([part]), chain(20))).toEqual([]);
    expect(found(validatorWith([part]), chain(2_000))).toEqual(['warning too-costly Bundle']);
  });

  test('costs no more for each resource the longer it is', () => {
    let asked = 0;
    const counting = validatorWith([part], (resources) => ({
      ...localTerminology(resources),
      isMember: () => {
        asked++;
        return true;
      },
    }));
    const work = (length: number) => {
      asked = 0;
      found(counting, chain(length));
      return asked / length;
    };
    const least = work(20);
    expect(least).toBeGreaterThan(0);
    expect(work(800)).toBeLessThanOrEqual(least * 2);
  });
});

describe('references and their targets', () => {
  const named = profile('practitioner', 'Practitioner', [{ path: 'Practitioner.name', min: 1 }]);
  const elements: Element[] = [
    {
      path: 'Patient.generalPractitioner',
      type: [{ code: 'Reference', targetProfile: [canonical('practitioner')] }],
    },
  ];
  const referring = (reference: string, contained: object[] = []) => ({
    ...(contained.length === 0 ? {} : { contained }),
    generalPractitioner: [{ reference }],
  });
  test('the type that a reference tells', () => {
    expect(ofPatient(elements, referring('Practitioner/p1'), [named])).toEqual([]);
    expect(ofPatient(elements, referring('Organization/o1'), [named])).toEqual([
      'error value Patient.generalPractitioner[0]',
    ]);
  });

  test('a contained target holds to the profile', () => {
    const practitioner = (further: object) => [{ resourceType: 'Practitioner', id: 'p', ...further }];
    expect(ofPatient(elements, referring('#p', practitioner({ name: [{ text: 'x' }] })), [named])).toEqual(
      [],
    );
    expect(ofPatient(elements, referring('#p', practitioner({ active: true })), [named])).toEqual([
      'error structure Patient.generalPractitioner[0]',
    ]);
  });

  test('where a target may be held', () => {
    const contained: Element[] = [
      {
        path: 'Patient.managingOrganization',
        type: [
          {
            code: 'Reference',
            targetProfile: ['http://hl7.org/fhir/StructureDefinition/Organization'],
            aggregation: ['contained'],
          },
        ],
      },
    ];
    const organization = { resourceType: 'Organization', id: 'o', name: 'x' };
    const inside = { contained: [organization], managingOrganization: { reference: '#o' } };
    expect(ofPatient(contained, inside)).toEqual([]);
    expect(ofPatient(contained, { managingOrganization: { reference: 'Organization/o' } })).toEqual([
      'error structure Patient.managingOrganization',
    ]);
  });

  test('profiles that lead to each other end', () => {
    const circular = profile('observation', 'Observation', [
      {
        path: 'Observation.derivedFrom',
        min: 1,
        type: [{ code: 'Reference', targetProfile: [canonical('observation')] }],
      },
    ]);
    const observation = (id: string, target: string) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: 'x' },
      derivedFrom: [{ reference: `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${target}` }],
    });
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: ['0', '1'].map((id) => ({
        fullUrl: `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${id}`,
        resource: {
          ...observation(id, id === '0' ? '1' : '0'),
          meta: { profile: [canonical('observation')] },
        },
      })),
    };
    expect(found(validatorWith([circular]), bundle)).toEqual([]);
  });
});
