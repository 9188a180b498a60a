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
