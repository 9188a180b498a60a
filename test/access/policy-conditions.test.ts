import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '../../src/access/policy.ts';
import { backend, type ServerOfActors, startServerOfActors, type TestActor } from '../support/actors.ts';
import { created, type FhirHttp, matchIds } from '../support/fhir-http.ts';
import { manifest, packageFile } from '../support/fhir-package.ts';

const policy: Policy = {
  types: {},
  rules: [
    { roles: ['system'], types: ['*'], actions: 'cruds' },
    {
      roles: ['nurse'],
      types: ['Encounter'],
      actions: 'crus',
      where: { query: 'service-provider={organization}&status=finished,in-progress' },
    },
    { roles: ['pharmacist'], types: ['Encounter'], actions: 'rs', where: { query: 'status=finished' } },
    {
      roles: ['midwife'],
      types: ['Encounter', 'Practitioner'],
      actions: 'rs',
      where: { compartment: 'user' },
    },
    { roles: ['doctor'], types: ['Encounter'], actions: 'rs', where: { query: 'no-such-parameter=x' } },
    {
      roles: ['secretary'],
      types: ['Encounter'],
      actions: 'rs',
      where: { query: 'class:in=http://x.test/classes' },
    },
  ],
  breakGlass: { roles: [], minutes: 1 },
};

let directory: string;
let path: string;
let server: ServerOfActors;
let all: FhirHttp;
const ids: string[] = [];

function encounter(organization: string, status: string, practitioner = 'x') {
  return {
    resourceType: 'Encounter',
    status,
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    serviceProvider: { reference: `Organization/${organization}` },
    participant: [{ individual: { reference: `Practitioner/${practitioner}` } }],
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerelle-policy-'));
  path = join(directory, 'policy.json');
  await writeFile(path, JSON.stringify(policy));
  server = await startServerOfActors({ POLICY_FILE: path });
  all = server.as(backend);
  ids.push(await created(all, encounter('a', 'finished')));
  ids.push(await created(all, encounter('b', 'finished', 'me')));
  ids.push(await created(all, encounter('a', 'planned')));
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

const found = async (actor: TestActor) => matchIds(await server.as(actor).get('Encounter')).sort();

test('a condition names the organization of the actor, and narrows reads and writes', async () => {
  const nurse = server.as({ roles: ['nurse'], organization: 'Organization/a' });
  expect(await found({ roles: ['nurse'], organization: 'Organization/a' })).toEqual([ids[0]]);
  expect((await nurse.get(`Encounter/${ids[1]}`)).status).toBe(404);
  expect((await nurse.post('Encounter', encounter('a', 'in-progress'))).status).toBe(201);
  expect((await nurse.post('Encounter', encounter('b', 'in-progress'))).status).toBe(403);
  expect((await server.as({ roles: ['nurse'] }).get('Encounter')).status).toBe(403);
});

test('a condition on the compartment of the user holds for professionals too', async () => {
  expect(await found({ roles: ['midwife'], fhirUser: 'Practitioner/me' })).toEqual([ids[1]]);
});

test('conditions of several roles add up', async () => {
  const both = { roles: ['midwife', 'pharmacist'] as const, fhirUser: 'Practitioner/me' };
  expect(await found(both)).toEqual([ids[0], ids[1]].sort());
});

test('a condition that cannot be decided allows nothing', async () => {
  expect((await server.as({ roles: ['doctor'] }).get('Encounter')).status).toBe(403);
});

test('the value set of a condition is one of packages, and not one that somebody stored', async () => {
  const secretary = { roles: ['secretary'] as const };
  const valueSet = (code: string) => ({
    resourceType: 'ValueSet',
    url: 'http://x.test/classes',
    status: 'active',
    compose: {
      include: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', concept: [{ code }] }],
    },
  });
  await created(all, valueSet('AMB'));
  expect((await server.as(secretary).get('Encounter')).status).toBe(403);
  const folder = join(server.directory, 'packages');
  await mkdir(folder);
  const content = { 'package.json': manifest, 'v.json': valueSet('AMB') };
  await writeFile(join(folder, 'x.tgz'), packageFile(content));
  await server.running.core.packages.refresh();
  const another = { ...secretary, name: 'another' };
  expect((await found(another)).length).toBeGreaterThanOrEqual(ids.length);
});

test('the policy changes while the server runs', async () => {
  const doctor = server.as({ roles: ['doctor'] });
  const next = { ...policy, rules: [{ roles: ['doctor'], types: ['Encounter'], actions: 's' }] };
  await writeFile(path, 'broken');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(matchIds(await all.get('Encounter?_id=none'))).toEqual([]);
  await writeFile(path, JSON.stringify(next));
  let status = 403;
  while (status === 403) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = (await doctor.get('Encounter')).status;
  }
  expect(status).toBe(200);
  expect((await doctor.get(`Encounter/${ids[0]}`)).status).toBe(403);
  expect((await all.get('Encounter')).status).toBe(403);
});
