import type { Bundle, Organization, Practitioner, PractitionerRole } from 'fhir/r4.d.ts';
import { demoBundle } from '../../seeds/demo/index.ts';
import { fullAccess } from '../../src/interactions/access.ts';
import type { Professional } from '../../src/professionals/psc/professional.ts';
import { createProfessionalRegister, type Registration } from '../../src/professionals/psc/registration.ts';
import { readProfessional } from '../../src/professionals/psc/user-info.ts';
import { simulatedProfessionals } from '../../src/simulators/psc/people.ts';
import { type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const issuer = 'https://psc.example/auth/realms/esante-wallet';
let server: TestServer;
let http: FhirHttp;
let register: (professional: Professional) => Promise<Registration>;

beforeEach(async () => {
  server = await startTestServer();
  http = fhirHttp(server.origin);
  const { spine } = server.running.core;
  const professionals = createProfessionalRegister(spine);
  const access = fullAccess(spine.stores, 'default');
  register = (professional) => professionals.register(access, professional, issuer);
});
afterEach(() => server.stop());

function person(key: string, change: Record<string, unknown> = {}): Professional {
  const { nationalId, givenName, familyName, otherIds, claims } = simulatedProfessionals.find(
    (each) => each.key === key,
  )!;
  const names = { given_name: givenName, family_name: familyName };
  return readProfessional({ SubjectNameID: nationalId, ...names, otherIds, ...claims, ...change });
}

async function registered(professional: Professional) {
  const registration = await register(professional);
  if (registration.outcome !== 'registered') throw new Error(registration.outcome);
  return registration;
}

const read = async <T>(reference: string) => (await http.get(reference)).json<T>();
const count = async (query: string) => (await http.get(`${query}_summary=count`)).json<Bundle>().total;

test('a professional who is not here yet gets a Practitioner, roles and structures', async () => {
  const { practitioner, activities } = await registered(person('medecin'));
  expect(await read<Practitioner>(practitioner)).toMatchObject({
    meta: { source: issuer, versionId: '1' },
    active: true,
    identifier: [
      { system: 'https://rpps.esante.gouv.fr', value: '99799000015', type: { coding: [{ code: 'RPPS' }] } },
      { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '899799000015', type: { coding: [{ code: 'IDNPS' }] } },
    ],
    name: [{ use: 'usual', family: 'EXEMPLE', given: ['Camille'], prefix: ['MME'], suffix: ['DR'] }],
    qualification: [
      { code: { coding: [{ code: '10' }, { code: 'C' }] } },
      { code: { coding: [{ code: 'SM54' }, { code: 'S' }] } },
    ],
  });
  const roles = await Promise.all(activities.map((each) => read<PractitionerRole>(each.practitionerRole!)));
  expect(roles).toMatchObject([
    {
      active: true,
      practitioner: { reference: practitioner },
      organization: { reference: activities[0]!.organization },
      code: [{ coding: [{ code: 'GENR01' }] }, { coding: [{ code: 'L' }] }],
    },
    { organization: { reference: activities[1]!.organization }, code: [{}, { coding: [{ code: 'S' }] }] },
  ]);
  const structures = await Promise.all(activities.map((each) => read<Organization>(each.organization!)));
  expect(structures).toMatchObject([
    {
      name: 'CABINET DU DR EXEMPLE',
      identifier: [
        { system: 'https://sirene.fr', value: '99999001300016' },
        { system: 'urn:oid:1.2.250.1.71.4.2.2', value: '499799000015015' },
        { value: 'R900001' },
      ],
    },
    {
      name: 'HOPITAL FICTIF',
      identifier: [{ system: 'https://finess.esante.gouv.fr', value: '990000010' }, {}, {}],
    },
  ]);
});

test('all people of the simulator are registered, and a second login writes nothing', async () => {
  for (const { key } of simulatedProfessionals) {
    const first = await registered(person(key));
    expect(await registered(person(key))).toEqual(first);
    expect((await read<Practitioner>(first.practitioner)).meta!.versionId).toBe('1');
  }
  expect(await count('Practitioner?')).toBe(simulatedProfessionals.length);
  // The hospital of five of them is one.
  expect(await count('Organization?identifier=https://finess.esante.gouv.fr|990000010&')).toBe(1);
  expect(await count('PractitionerRole?')).toBe(7);
});

test('first logins of one person at once make one Practitioner', async () => {
  const registrations = await Promise.all([1, 2, 3, 4].map(() => registered(person('psi'))));
  expect(new Set(registrations.map(({ practitioner }) => practitioner)).size).toBe(1);
  expect(await count('Practitioner?')).toBe(1);
  expect(await count('PractitionerRole?')).toBe(1);
  expect(await count('Organization?')).toBe(1);
});

test('a Practitioner of another source is matched by RPPS and gains identifiers alone', async () => {
  await http.post('', demoBundle());
  const before = await read<Practitioner>('Practitioner/prat-exemple-camille');
  const uuid = '11111111-2222-4333-8444-555555555555';
  const { practitioner, activities } = await registered(
    person('medecin', { SubjectNameID: uuid, given_name: 'Autre', family_name: 'AUTRE' }),
  );
  expect(practitioner).toBe('Practitioner/prat-exemple-camille');
  const after = await read<Practitioner>(practitioner);
  expect(after).toMatchObject({ name: before.name, qualification: before.qualification });
  expect(after.identifier).toEqual([
    ...before.identifier!,
    { system: 'https://passerelle.fr/fhir/sid/pro-sante-identite', value: uuid },
  ]);
  const hospital = (
    await http.get('Organization?identifier=https://finess.esante.gouv.fr|990000010')
  ).json<Bundle>();
  expect(activities[1]!.organization).toBe(`Organization/${hospital.entry![0]!.resource!.id}`);
});

test('Pro Santé Identité joins the UUID to the account of the RPPS, and finds it by either', async () => {
  const rpps = { identifiant: '899799000056', origine: 'RPPS', qualite: 1 };
  const uuid = '0f1e2d3c-4b5a-4678-9abc-def012345678';
  const before = person('psi', { SubjectNameID: '899799000056', otherIds: [rpps] });
  const { practitioner } = await registered(before);
  expect((await registered(person('psi'))).practitioner).toBe(practitioner);
  expect((await read<Practitioner>(practitioner)).identifier).toContainEqual(
    expect.objectContaining({ value: uuid }),
  );
  const uuidAlone = person('psi', { otherIds: [{ identifiant: uuid, origine: 'PSI', qualite: 2 }] });
  expect((await registered(uuidAlone)).practitioner).toBe(practitioner);
  expect(await count('Practitioner?')).toBe(1);
});

test('nobody is matched by a name, and nobody is merged by a login', async () => {
  const uuid = '0f1e2d3c-4b5a-4678-9abc-def012345678';
  const first = await registered(person('psi', { otherIds: [{ identifiant: uuid, origine: 'PSI' }] }));
  const rpps = { identifiant: '899799000056', origine: 'RPPS', qualite: 1 };
  const second = await registered(person('psi', { SubjectNameID: '899799000056', otherIds: [rpps] }));
  expect(second.practitioner).not.toBe(first.practitioner);
  // Both at once: the RPPS decides, and the UUID stays where it is.
  expect((await registered(person('psi'))).practitioner).toBe(second.practitioner);
  const { identifier } = await read<Practitioner>(second.practitioner);
  expect(identifier!.some(({ value }) => value === uuid)).toBe(false);
});

test('a professional who is deactivated is refused, and nothing is written', async () => {
  const { practitioner } = await registered(person('infirmier'));
  const current = await read<Practitioner>(practitioner);
  await http.put(practitioner, { ...current, active: false });
  expect(await register(person('infirmier'))).toEqual({ outcome: 'deactivated', practitioner });
  expect((await read<Practitioner>(practitioner)).meta!.versionId).toBe('2');
  expect(await count('Practitioner?')).toBe(1);
});

test('what the claims change is updated, and an activity that is over ends', async () => {
  const { practitioner, activities } = await registered(person('medecin'));
  const [own, hospital] = activities;
  const register = { codeCivilite: 'MME', exercices: [] as unknown[] };
  const { SubjectRefPro } = simulatedProfessionals[0]!.claims as { SubjectRefPro: { exercices: object[] } };
  const [practice] = SubjectRefPro.exercices as { activities: object[] }[];
  register.exercices.push({
    ...practice,
    nomDexercice: 'EXEMPLE-NOUVEAU',
    activities: [practice!.activities[1]],
  });
  const after = await registered(person('medecin', { SubjectRefPro: register }));
  expect(after.practitioner).toBe(practitioner);
  expect(after.activities).toMatchObject([{ practitionerRole: hospital!.practitionerRole }]);
  expect((await read<Practitioner>(practitioner)).name).toMatchObject([{ family: 'EXEMPLE-NOUVEAU' }]);
  expect((await read<PractitionerRole>(own!.practitionerRole!)).active).toBe(false);
  expect((await read<PractitionerRole>(hospital!.practitionerRole!)).active).toBe(true);
});

test('a professional without a register is found by the national identifier, with a structure and no role', async () => {
  const { practitioner, activities } = await registered(person('secretaire'));
  expect((await read<Practitioner>(practitioner)).identifier).toMatchObject([
    { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '3990000010/SEC0001' },
  ]);
  expect(activities).toEqual([{ organization: expect.stringMatching(/^Organization\//) }]);
  const { SubjectRefPro: _, ...without } = simulatedProfessionals[3]!.claims;
  const bare = readProfessional({ ...without, SubjectNameID: '3990000010/SEC0001' });
  expect((await registered(bare)).practitioner).toBe(practitioner);
});

test('control keys that do not fit, and identifiers of no form, do not keep anybody out', async () => {
  const professional = person('infirmier', {
    SubjectNameID: '899799000024',
    otherIds: [{ identifiant: '899799000024', origine: 'RPPS', qualite: 1 }],
    SubjectRefPro: {
      exercices: [
        {
          codeProfession: '60',
          activities: [{ numeroFinessSite: '99', numeroSiretSite: '99999001300017', codeModeExercice: 'S' }],
        },
      ],
    },
  });
  const { activities } = await registered(professional);
  expect((await read<Organization>(activities[0]!.organization!)).identifier).toMatchObject([
    { system: 'https://sirene.fr', value: '99999001300017' },
  ]);
});

test('where several active Practitioners hold the one identifier there is, nobody is chosen', async () => {
  const adeli = { system: 'https://adeli.esante.gouv.fr', value: '759912345', use: 'old' };
  for (const family of ['UN', 'DEUX']) {
    await http.post('Practitioner', {
      resourceType: 'Practitioner',
      identifier: [adeli],
      name: [{ family }],
    });
  }
  const otherIds = [{ identifiant: '0759912345', origine: 'ADELI', qualite: 1 }];
  const professional = readProfessional({ family_name: 'UN', otherIds });
  expect(await register(professional)).toEqual({ outcome: 'ambiguous' });
  expect(await count('Practitioner?')).toBe(2);
});
