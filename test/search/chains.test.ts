import type { Resource } from '../../src/fhir/resource.ts';
import { finds, parse, searchedPatient as patient, refusal } from '../support/search.ts';

describe('chains', () => {
  const observation: Resource = {
    resourceType: 'Observation',
    id: 'o',
    subject: { reference: 'Patient/p1' },
  };
  const device: Resource = { resourceType: 'Device', id: 'p1', identifier: [{ value: '42' }] };

  test.each([
    ['patient.family=dup', true],
    ['patient.family=x', false],
    ['patient.family:exact=Zoé', false],
    ['patient.identifier=urn:oid:1.2|42', true],
    ['patient._id=p1', true],
    ['patient._id=p2', false],
    ['patient.birthdate=ge1969', true],
    ['patient.gender:not=male', true],
    ['patient.email:missing=true', true],
    ['subject:Patient.identifier=42', true],
    ['subject:Device.identifier=42', false],
    ['subject.identifier=42', true],
    ['subject.identifier=43', false],
  ])('Observation?%s: %s', (query, expected) => {
    expect(finds(`Observation?${query}`, observation, [patient, device])).toBe(expected);
  });

  test('a chain without a type covers each target type that has the parameter', () => {
    const { expression } = parse('Observation?subject.birthdate=1969');
    expect(expression).toMatchObject({ kind: 'chain', parameter: 'subject', targetType: 'Patient' });
    const { expression: several } = parse('Observation?subject.identifier=1');
    const targets =
      several.kind === 'or'
        ? several.operands.map((operand) => 'targetType' in operand && operand.targetType)
        : [];
    expect(targets.sort()).toEqual(['Device', 'Group', 'Location', 'Patient']);
  });

  test('a chain over too many types asks for one', () => {
    expect(refusal('Provenance?target.identifier=1')).toMatchObject({ status: 400, code: 'too-costly' });
    expect(refusal('Provenance?target:Patient.identifier=1')).toBeUndefined();
  });

  test.each(['Observation?code.text=x', 'Observation?subject:Practitioner.name=x'])(
    '%s is refused, lenient or not',
    (url) => {
      for (const strict of [true, false]) {
        expect(refusal(url, { strict })).toMatchObject({ status: 400, code: 'not-supported' });
      }
    },
  );
});

describe('chains over several references, and _has', () => {
  const hospital: Resource = { resourceType: 'Organization', id: 'h', name: 'Hôpital' };
  const ward: Resource = {
    resourceType: 'Organization',
    id: 'w',
    name: 'Ward',
    partOf: { reference: 'Organization/h' },
  };
  const inWard: Resource = {
    resourceType: 'Patient',
    id: 'p2',
    managingOrganization: { reference: 'Organization/w' },
  };
  const observation: Resource = {
    resourceType: 'Observation',
    id: 'o2',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    subject: { reference: 'Patient/p2' },
  };
  const group: Resource = {
    resourceType: 'Group',
    id: 'g',
    member: [{ entity: { reference: 'Patient/p2' } }],
  };
  const all = [hospital, ward, inWard, observation, group];

  test.each<[string, Resource, boolean]>([
    ['Observation?patient.organization.name=ward', observation, true],
    ['Observation?patient.organization.partof.name=hop', observation, true],
    ['Observation?patient.organization.partof.name=ward', observation, false],
    ['Observation?subject.organization.partof._id=h', observation, true],
    [
      'Observation?subject:Patient.organization:Organization.partof:Organization.name:exact=Hôpital',
      observation,
      true,
    ],
    ['Patient?_has:Observation:patient:code=29463-7', inWard, true],
    ['Patient?_has:Observation:patient:code=x', inWard, false],
    ['Patient?_has:Observation:patient:code:not=x', inWard, true],
    ['Patient?_has:Observation:subject:_id=o2', inWard, true],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=29463-7', ward, true],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=29463-7', hospital, false],
    ['Organization?_has:Organization:partof:_has:Patient:organization:_id=p2', hospital, true],
    ['Observation?patient._has:Group:member:_id=g', observation, true],
    ['Observation?patient._has:Group:member:_id=h', observation, false],
    ['Observation?subject._has:Group:member:_id=g', observation, true],
    ['Patient?_has:Observation:patient:subject.organization.name=ward', inWard, true],
    ['Patient?_has:Observation:patient:subject.organization.name=other', inWard, false],
  ])('%s on %p', (url, resource, expected) => {
    expect(finds(url, resource, all)).toBe(expected);
  });

  test('a criterion follows five references and no more', () => {
    const chain = (links: number) => `Patient?${'organization'}${'.partof'.repeat(links - 1)}.name=x`;
    expect(refusal(chain(5))).toBeUndefined();
    expect(refusal(chain(6))).toMatchObject({ status: 400, code: 'too-costly' });
    const has = '_has:Group:member:'.repeat(6);
    expect(refusal(`Patient?${has}_id=x`)).toMatchObject({ status: 400, code: 'too-costly' });
  });

  test('a chain without types that goes too many ways is refused', () => {
    const ways = refusal('Encounter?diagnosis.subject.general-practitioner.identifier=x');
    expect(ways).toBeUndefined();
    const many = refusal('Task?focus.subject.identifier=x');
    expect(many).toMatchObject({ status: 400, code: 'too-costly' });
  });

  test.each([
    'Patient?_has:Observation:patient=x',
    'Patient?_has:Observation:code:code=x',
    'Patient?_has:Nothing:patient:code=x',
    'Patient?_has:Encounter:location:status=x',
  ])('%s is refused, lenient or not', (url) => {
    for (const strict of [true, false]) {
      expect(refusal(url, { strict })).toMatchObject({ status: 400, code: 'not-supported' });
    }
  });

  test('an unknown parameter at the end of _has is unknown', () => {
    expect(parse('Patient?_has:Observation:patient:foo=x', { strict: false }).ignored).toHaveLength(1);
  });
});
