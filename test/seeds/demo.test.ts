import { createHash } from 'node:crypto';
import type { FhirResource, Patient } from 'fhir/r4.d.ts';
import { demoBundle, simulatedPersons } from '../../seeds/demo/index.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { qualificationPersons } from '../../src/simulators/insi/persons.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { findingOf, frenchValidation } from '../profiles/findings.ts';
import {
  birthCogOf,
  givenNameListOf,
  matriculesOf,
  patientsOf,
  referencesIn,
  reliabilityCodesOf,
  resourcesOf,
  statusOf,
} from './bundles.ts';
import { keyOf, passesLuhn } from './keys.ts';

const validate = frenchValidation(loadConformance());

const bundle = demoBundle();
const resources = resourcesOf(bundle);
const patients = patientsOf(resources);
const byId = new Map(patients.map((patient) => [patient.id, patient]));

const testOid = 'urn:oid:1.2.250.1.213.1.4.10';

function ofType<T extends FhirResource['resourceType']>(
  type: T,
): Extract<FhirResource, { resourceType: T }>[] {
  return resources.filter(
    (resource): resource is Extract<FhirResource, { resourceType: T }> => resource.resourceType === type,
  );
}

function patient(id: string): Patient {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`no demo patient ${id}`);
  return found;
}

describe('the demo transaction', () => {
  test('is the same at each call', () => {
    expect(demoBundle()).toEqual(bundle);
  });

  test('puts each resource once, under a readable id of its own', () => {
    const urls = bundle.entry?.map(({ request }) => request?.url) ?? [];
    expect(new Set(urls).size).toBe(urls.length);
    for (const { resource, request, fullUrl } of bundle.entry ?? []) {
      expect(request).toEqual({
        method: 'PUT',
        url: `${resource?.resourceType}/${resource?.id}`,
      });
      expect(fullUrl?.endsWith(`/${request?.url}`)).toBe(true);
      expect(resource?.id).toMatch(/^[a-z0-9][a-z0-9-]{2,63}$/);
    }
  });

  test('refers only to what it holds, and to what comes earlier', () => {
    const seen = new Set<string>();
    for (const resource of resources) {
      for (const reference of referencesIn(resource)) expect([...seen]).toContain(reference);
      seen.add(`${resource.resourceType}/${resource.id}`);
    }
  });

  test('holds the hospital that the documentation promises', () => {
    expect(ofType('Organization')).toHaveLength(4);
    expect(ofType('Location')).toHaveLength(6);
    expect(ofType('Practitioner')).toHaveLength(10);
    expect(ofType('PractitionerRole')).toHaveLength(10);
    expect(patients).toHaveLength(30);
    for (const type of [
      'Encounter',
      'Observation',
      'Condition',
      'AllergyIntolerance',
      'DocumentReference',
    ] as const) {
      expect(ofType(type).length).toBeGreaterThan(2);
    }
  });

  test('has no structural error by R4', () => {
    const validator = createValidator(loadDefinitions());
    for (const resource of [bundle, ...resources]) {
      expect({
        id: resource.id,
        issues: validator.validate(resource as unknown as Resource),
      }).toEqual({
        id: resource.id,
        issues: [],
      });
    }
  });

  test('holds to the FR Core profiles that it claims', () => {
    for (const resource of resources) {
      const findings = validate(resource as unknown as Resource).map(findingOf);
      // FR Core has the matricules of the tests in no value set of types, and warns of them.
      const others = findings.filter((finding) => !/^warning Patient\.identifier\[\d\]\.type$/.test(finding));
      expect({ id: resource.id, others }).toEqual({ id: resource.id, others: [] });
    }
  });
});

describe('structures and professionals', () => {
  test('FINESS are of the range that no department has, and carry a right Luhn key', () => {
    const finess = ofType('Organization').flatMap(({ identifier = [] }) =>
      identifier.filter(({ system }) => system === 'https://finess.esante.gouv.fr'),
    );
    expect(finess.map(({ type }) => type?.coding?.[0]?.code)).toEqual(['FINEJ', 'FINEG']);
    for (const { value } of finess) {
      expect(value).toMatch(/^99\d{7}$/);
      expect(passesLuhn(value ?? '')).toBe(true);
    }
  });

  test('RPPS are of the test range, with a right Luhn key, and IDNPS is 8 and the RPPS', () => {
    const numbers = ofType('Practitioner').map(({ identifier = [] }) => ({
      rpps: identifier.find(({ system }) => system === 'https://rpps.esante.gouv.fr')?.value ?? '',
      idnps: identifier.find(({ system }) => system === 'urn:oid:1.2.250.1.71.4.2.1')?.value,
    }));
    expect(new Set(numbers.map(({ rpps }) => rpps)).size).toBe(10);
    for (const { rpps, idnps } of numbers) {
      expect(rpps).toMatch(/^99799\d{6}$/);
      expect(passesLuhn(rpps)).toBe(true);
      expect(idnps).toBe(`8${rpps}`);
    }
  });

  test('every role has one professional, and physicians in activity a specialty of TRE R38', () => {
    const roles = ofType('PractitionerRole');
    expect(new Set(roles.map(({ practitioner }) => practitioner?.reference)).size).toBe(10);
    const specialties = roles.flatMap(({ specialty = [] }) => specialty.flatMap(({ coding = [] }) => coding));
    expect(specialties.length).toBeGreaterThan(2);
    for (const { system, code } of specialties) {
      expect(system).toBe(
        'https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale',
      );
      expect(code).toMatch(/^SM\d\d$/);
    }
  });
});

describe('patients', () => {
  test('every status is there, each with the FR Core code that stands for it', () => {
    const seen = new Map<string | undefined, Set<string | undefined>>();
    for (const each of patients) {
      const codes = seen.get(statusOf(each)) ?? new Set();
      seen.set(statusOf(each), codes.add(reliabilityCodesOf(each)[0]));
    }
    expect(Object.fromEntries([...seen].map(([status, codes]) => [status, [...codes]]))).toEqual({
      PROV: ['PROV'],
      RECUP: ['PROV'],
      VALI: ['VALI'],
      QUAL: ['VALI'],
    });
  });

  test('every attribute is there; douteux and fictif leave an identity provisional', () => {
    const attributes = patients.map((each) => ({
      status: statusOf(each),
      codes: reliabilityCodesOf(each).slice(1),
    }));
    const combinations = new Set(attributes.map(({ codes }) => codes.join('+')));
    expect([...combinations].sort()).toEqual(['', 'DOUT', 'DOUT+HOMA', 'FICT', 'HOMA']);
    for (const { status, codes } of attributes) {
      if (codes.includes('DOUT') || codes.includes('FICT')) expect(status).toBe('PROV');
    }
  });

  test('a matricule belongs to identities obtained from INSi alone', () => {
    for (const each of patients) {
      const obtained = ['QUAL', 'RECUP'].includes(statusOf(each) ?? '');
      expect(matriculesOf(each).filter(({ use }) => use === 'official')).toHaveLength(obtained ? 1 : 0);
    }
  });

  test('matricules have a right key, are under the test OID save one NIA, and belong to one patient', () => {
    const identifiers = patients.flatMap((each) => matriculesOf(each));
    expect(
      identifiers.filter(({ system }) => system !== testOid).map(({ system, value }) => ({ system, value })),
    ).toEqual([{ system: 'urn:oid:1.2.250.1.213.1.4.9', value: '109076322088835' }]);
    for (const { value = '' } of identifiers) {
      expect(value).toMatch(/^[12]\d{2}(0[1-9]|1[0-2])(\d{2}|2[AB])\d{6}\d{2}$/);
      expect(value.slice(13)).toBe(keyOf(value.slice(0, 13)));
    }
    expect(new Set(identifiers.map(({ value }) => value)).size).toBe(identifiers.length);
  });

  test('a matricule in force agrees with sex, birth date and birth place', () => {
    for (const each of patients) {
      const value = matriculesOf(each).find(({ use }) => use === 'official')?.value;
      if (value === undefined) continue;
      const cog = birthCogOf(each) ?? '';
      const coded = Number(each.birthDate?.slice(0, 4)) < 1976 ? cog.replace(/^2[AB]/, '20') : cog;
      expect(value[0]).toBe(each.gender === 'male' ? '1' : '2');
      expect(value.slice(1, 5)).toBe(`${each.birthDate?.slice(2, 4)}${each.birthDate?.slice(5, 7)}`);
      expect(value.slice(5, 10)).toBe(coded);
    }
  });

  test('strict traits are in upper case without diacritics', () => {
    for (const { name } of patients) {
      for (const { family = '', given = [], extension } of name ?? []) {
        for (const text of [family, ...given, extension?.[0]?.valueString ?? ''])
          expect(text).toMatch(/^[A-Z '-]*$/);
      }
    }
  });

  test('the special cases are there', () => {
    expect(matriculesOf(patient('patient-dubois-camille')).map(({ use }) => use)).toEqual([
      'official',
      'old',
    ]);
    expect(birthCogOf(patient('patient-casanova-ghjulia'))).toMatch(/^2B/);
    expect(birthCogOf(patient('patient-payet-kevin'))).toMatch(/^974/);
    expect(birthCogOf(patient('patient-benali-karim'))).toBe('99352');
    const [first, second] = [patient('patient-lefevre-leo'), patient('patient-lefevre-tom')];
    expect([first.multipleBirthInteger, second.multipleBirthInteger]).toEqual([1, 2]);
    expect([second.birthDate, birthCogOf(second)]).toEqual([first.birthDate, birthCogOf(first)]);
    expect(patient('patient-bernard-jean-pierre').name?.[0]?.given).toEqual(['JEAN-PIERRE']);
    const [official, usual] = patient('patient-martin-jeanne').name ?? [];
    expect([official?.family, usual?.use, usual?.family]).toEqual(['MARTIN', 'usual', 'DURAND']);
    expect(patient('patient-lambert-zelie').contact?.[0]?.relationship?.[0]?.coding?.[0]?.code).toBe('MTH');
    expect(patient('patient-inconnu-janvier').gender).toBe('unknown');
  });

  test('the persons of the INSi qualification are provisional, without matricule, ready to be verified', () => {
    const zoe = patient('adrun-zoe');
    expect(statusOf(zoe)).toBe('PROV');
    expect([zoe.name?.[0]?.family, givenNameListOf(zoe), zoe.gender, zoe.birthDate, birthCogOf(zoe)]).toEqual(
      ['ADRUN', 'ZOE', 'female', '1975-12-31', '63220'],
    );
    for (const id of [
      'adrun-zoe',
      'tchitchi-ola',
      'de-vinci-leonardo',
      'ecetinsi-pierre-alain',
      'houilles-pierre',
    ]) {
      expect([id, statusOf(patient(id)), matriculesOf(patient(id))]).toEqual([id, 'PROV', []]);
    }
    expect(birthCogOf(patient('de-vinci-leonardo'))).toBeUndefined();
  });
});

describe('documents', () => {
  test('size and hash are those of the text', () => {
    for (const { content } of ofType('DocumentReference')) {
      const { data = '', size, hash } = content[0]?.attachment ?? {};
      const bytes = Buffer.from(data, 'base64');
      expect(size).toBe(bytes.length);
      expect(hash).toBe(createHash('sha1').update(bytes).digest('base64'));
      expect(bytes.toString('utf8').length).toBeGreaterThan(20);
    }
  });
});

describe('what INSi knows of the demo patients', () => {
  const persons = simulatedPersons();
  const known = (each: Patient) =>
    persons.find(
      ({ birthName, birthDate, givenNames }) =>
        birthName === each.name?.[0]?.family &&
        birthDate === each.birthDate &&
        givenNames[0] === each.name?.[0]?.given?.[0],
    );

  test('each reference identity is that of a patient, and its matricules have right keys', () => {
    expect(persons.length).toBeGreaterThan(15);
    for (const person of persons) {
      expect(patients.filter((each) => known(each) === person)).toHaveLength(1);
      for (const { number, key, kind } of [person.active, ...(person.history ?? [])]) {
        expect([kind, key]).toEqual(['NIR', keyOf(number)]);
      }
    }
    expect(new Set(persons.map(({ active }) => active.number)).size).toBe(persons.length);
  });

  test('it holds what most patients with a test matricule carry', () => {
    const differing = patients.filter((each) => {
      const official = matriculesOf(each).find(({ use, system }) => use === 'official' && system === testOid);
      const person = known(each);
      return official !== undefined && official.value !== `${person?.active.number}${person?.active.key}`;
    });
    expect(differing.map(({ id }) => id)).toEqual(['patient-roux-sophie']);
    const roux = known(patient('patient-roux-sophie'));
    const former = roux?.history?.map(({ number, key }) => number + key);
    expect(former).toEqual([matriculesOf(patient('patient-roux-sophie'))[0]?.value]);
  });

  test('a person differs in a given name, others are unknown', () => {
    const differing = patients.filter((each) => {
      const person = known(each);
      return person !== undefined && person.givenNames.join(' ') !== givenNameListOf(each);
    });
    expect(differing.map(({ id }) => id)).toEqual(['patient-moreau-anne']);
    expect(known(patient('patient-nguyen-thi-lan'))).toBeUndefined();
    expect(known(patient('patient-lambert-zelie'))).toBeUndefined();
  });

  test('none is one of the persons that the simulator knows by itself', () => {
    const published = qualificationPersons.map(({ active }) => active.number);
    for (const { active } of persons) expect(published).not.toContain(active.number);
  });
});
