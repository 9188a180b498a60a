import type { Resource } from '../../src/fhir/resource.ts';
import { finds } from '../support/search.ts';

const patient: Resource = {
  resourceType: 'Patient',
  gender: 'female',
  maritalStatus: {
    text: 'Mariée',
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M', display: 'Married' },
    ],
  },
  identifier: [
    {
      type: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI' }],
        text: 'Dossier',
      },
      system: 'urn:oid:1.2',
      value: '42',
    },
    { system: 'urn:oid:1.3', value: '43' },
  ],
  generalPractitioner: [{ identifier: { system: 'urn:rpps', value: '810000000001' } }],
};

const condition: Resource = {
  resourceType: 'Condition',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'relapse' }],
  },
  code: { text: 'Hypertension artérielle', coding: [{ code: 'I10', display: 'Essential hypertension' }] },
};

const clinicalSystem = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const roleCode = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
const related = (code: string): Resource => ({
  resourceType: 'RelatedPerson',
  relationship: [{ coding: [{ system: roleCode, code }] }],
});
const corrected: Resource = { resourceType: 'Observation', status: 'corrected' };
const profile = (url: string): Resource => ({ resourceType: 'Basic', meta: { profile: [url] } });
const clinical = 'http://hl7.org/fhir/ValueSet/condition-clinical';
const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';

test.each<[string, Resource, boolean]>([
  ['Condition?code:text=hypertension', condition, true],
  ['Condition?code:text=HYPERTENSION ART', condition, true],
  ['Condition?code:text=essential', condition, true],
  ['Condition?code:text=arterielle', condition, false],
  ['Condition?code:text=I10', condition, false],
  ['Patient?identifier:text=dossier', patient, true],
  [`Condition?clinical-status:in=${clinical}`, condition, true],
  [`Condition?clinical-status:in=${clinical}|4.0.1`, condition, true],
  [`Condition?clinical-status:not-in=${clinical}`, condition, false],
  [`Condition?code:in=${clinical}`, condition, false],
  [`Condition?code:not-in=${clinical}`, condition, true],
  [`Patient?gender:in=${genders}`, patient, true],
  [`Condition?severity:not-in=${genders}`, condition, true],
  ['Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|PI|42', patient, true],
  ['Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|PI|43', patient, false],
  ['Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|42', patient, false],
  ['Patient?identifier:of-type=urn:other|PI|42', patient, false],
  ['Patient?general-practitioner:identifier=urn:rpps|810000000001', patient, true],
  ['Patient?general-practitioner:identifier=810000000001', patient, true],
  ['Patient?general-practitioner:identifier=urn:other|810000000001', patient, false],
  ['Basic?_profile:below=http://a.test/fhir', profile('http://a.test/fhir/Profile/x'), true],
  ['Basic?_profile:below=http://a.test/fhir/', profile('http://a.test/fhir/Profile/x'), true],
  ['Basic?_profile:below=http://a.test/fhir/Profile/x', profile('http://a.test/fhir/Profile/x'), true],
  ['Basic?_profile:below=http://a.test/fhir/Pro', profile('http://a.test/fhir/Profile/x'), false],
  ['Basic?_profile:below=http://a.test', profile('http://a.test.evil/x'), false],
  ['Basic?_profile:above=http://a.test/fhir/Profile/x/y', profile('http://a.test/fhir/Profile/x'), true],
  ['Basic?_profile:above=http://a.test/fhir/Profile/x', profile('http://a.test/fhir/Profile/x'), true],
  ['Basic?_profile:above=http://a.test/fhir/Profile', profile('http://a.test/fhir/Profile/x'), false],
  ['Basic?_profile:above=http://a.test/fhir', profile('http://a.test/'), true],
  ['Basic?_profile:above=http://a.test/fhir', profile('http://b.test/'), false],
  [`Condition?clinical-status:below=${clinicalSystem}|active`, condition, true],
  [`Condition?clinical-status:below=${clinicalSystem}|relapse`, condition, true],
  [`Condition?clinical-status:below=${clinicalSystem}|inactive`, condition, false],
  [`Condition?clinical-status:below=${clinicalSystem}|unknown`, condition, false],
  [`Condition?clinical-status:above=${clinicalSystem}|relapse`, condition, true],
  [`Condition?clinical-status:above=${clinicalSystem}|active`, condition, false],
  [`Condition?clinical-status:below=${roleCode}|FAMMEMB`, condition, false],
  [`RelatedPerson?relationship:below=${roleCode}|PRN`, related('NFTH'), true],
  [`RelatedPerson?relationship:below=${roleCode}|FAMMEMB`, related('NFTH'), true],
  [`RelatedPerson?relationship:below=${roleCode}|SIB`, related('NFTH'), false],
  [`RelatedPerson?relationship:above=${roleCode}|NFTH`, related('PRN'), true],
  [`RelatedPerson?relationship:above=${roleCode}|NFTH`, related('SIB'), false],
  [`RelatedPerson?relationship:below=${roleCode}|SIB,${roleCode}|PRN`, related('NFTH'), true],
  ['Observation?status:below=http://hl7.org/fhir/observation-status|amended', corrected, true],
  ['Observation?status:above=http://hl7.org/fhir/observation-status|amended', corrected, false],
  [`RelatedPerson?_filter=relationship sb ${roleCode}|PRN`, related('NFTH'), true],
  [`RelatedPerson?_filter=relationship ss ${roleCode}|NFTH`, related('PRN'), true],
])('%s', (url, resource, expected) => {
  expect(finds(url, resource)).toBe(expected);
});
