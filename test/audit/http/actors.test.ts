import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent } from 'fhir/r4.d.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { backend, type ServerOfActors, startServerOfActors, type TestActor } from '../../support/actors.ts';
import { fhirHttp } from '../../support/fhir-http.ts';
import { issuesOf } from '../../validation/validate.ts';
import { balpViolations } from '../balp-shapes.ts';
import { requestIn, summary, trailOf } from './trail.ts';

let server: ServerOfActors;

beforeEach(async () => {
  const directory = await temporaryDirectory();
  const tenants = join(directory, 'tenants.json');
  await writeFile(tenants, JSON.stringify({ tenants: [{ id: 'north' }] }));
  server = await startServerOfActors({ AUDIT: 'auto', TENANTS_FILE: tenants });
  const http = server.as(backend);
  for (const id of ['a', 'b']) {
    await http.put(`Patient/${id}`, { resourceType: 'Patient', id });
    await http.put(`Observation/of-${id}`, observation(`of-${id}`, id));
  }
});
afterEach(() => server.stop());

const doctor: TestActor = {
  name: 'f:psc:899700218896',
  roles: ['doctor'],
  fhirUser: 'Practitioner/doctor',
  organization: 'Organization/hospital',
  clientId: 'growth-chart',
  scope: 'user/*.cruds',
};

const app: TestActor = {
  kind: 'patient',
  name: 'zoe',
  fhirUser: 'Patient/a',
  patient: 'a',
  scope: 'patient/*.rs',
};

function observation(id: string, of: string) {
  const subject = { reference: `Patient/${of}` };
  return { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject };
}

async function eventsOf(work: () => Promise<unknown>, tenant?: string): Promise<AuditEvent[]> {
  const before = (await trailOf(server, tenant)).length;
  await work();
  const events = (await trailOf(server, tenant)).slice(before);
  for (const event of events) expect([...issuesOf(event), ...balpViolations(event)]).toEqual([]);
  return events;
}

const requestors = ({ agent }: AuditEvent) =>
  agent.filter(({ requestor }) => requestor).map(({ who }) => who);

test('where callers log in it is recorded who they are, and for whom they act', async () => {
  const http = server.as(doctor);
  const [read, write, ...others] = await eventsOf(async () => {
    await http.get('Patient/a');
    await http.put('Observation/new', observation('new', 'a'));
  });
  expect(others).toEqual([]);
  for (const event of [read!, write!]) {
    expect(requestors(event)).toEqual([
      {
        reference: 'Practitioner/doctor',
        identifier: { system: 'https://issuer.test', value: 'f:psc:899700218896' },
      },
    ]);
    expect(event.agent[0]?.who?.identifier?.value).toBe('growth-chart');
    expect(event.agent.at(-1)?.who?.reference).toBe('Organization/hospital');
  }
});

test('who did not log in is recorded, with what was asked for', async () => {
  const [event, ...others] = await eventsOf(() => fhirHttp(server.origin).get('Patient/a?x=1'));
  expect(others).toEqual([]);
  expect(event).toMatchObject({ type: { code: '110113' }, outcome: '4', outcomeDesc: '401 login' });
  expect(requestIn(event!)).toBe('GET /Patient/a?x=1');
});

test('what the scopes do not grant is recorded as refused', async () => {
  const http = server.as({ ...doctor, scope: 'user/Patient.r' });
  const events = await eventsOf(async () => {
    await http.get('Observation/of-a');
    await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
  });
  expect(events.map(summary)).toMatchObject([
    { interaction: 'read', outcome: '4 404 not-found', about: 'data Observation/of-a' },
    { interaction: 'update', outcome: '4 403 forbidden' },
  ]);
  expect(requestors(events[0]!)[0]?.reference).toBe('Practitioner/doctor');
});

test('what is hidden is recorded as disclosed to nobody', async () => {
  const events = await eventsOf(() => server.as(app).get('Observation'));
  expect(events.map(summary).map(({ about }) => about)).toEqual(['patient Patient/a']);
  const [other] = await eventsOf(() => server.as(app).get('Patient/b'));
  expect(summary(other!)).toMatchObject({
    outcome: '4 404 not-found',
    about: 'data Patient/b, patient Patient/b',
  });
});

test('what is done after the glass was broken is marked as an emergency', async () => {
  const http = server.as(doctor);
  const purposes = ([event]: AuditEvent[]) =>
    event!.agent.flatMap(({ purposeOfUse = [] }) => purposeOfUse.map(({ coding }) => coding?.[0]?.code));
  expect(purposes(await eventsOf(() => http.get('Patient/a')))).toEqual([]);
  const broken = await http.post('$break-glass?patient=Patient/a&reason=unconscious', undefined);
  expect(broken.status).toBe(200);
  expect(purposes(await eventsOf(() => http.get('Patient/a')))).toEqual(['BTG']);
  expect(purposes(await eventsOf(() => server.as({ ...doctor, name: 'other' }).get('Patient/a')))).toEqual(
    [],
  );
});

test('the trail is for those whose role lets them read it', async () => {
  for (const actor of [doctor, app]) {
    const answer = await server.as(actor).get('AuditEvent');
    expect([answer.status, answer.json()['total'] ?? 0]).toEqual([expect.any(Number), 0]);
    expect(
      (await server.as(actor).get(`AuditEvent/${(await trailOf(server))[0]?.id}`)).status,
    ).toBeGreaterThanOrEqual(403);
  }
  expect(
    (await server.as({ ...doctor, roles: ['admin'] }).get('AuditEvent')).json()['total'],
  ).toBeGreaterThan(0);
});

test('each tenant has a trail of its own', async () => {
  const north = server.as({ ...backend, tenant: 'north' });
  const events = await eventsOf(async () => {
    await north.put('Patient/n', { resourceType: 'Patient', id: 'n' });
    await north.get('Patient/n');
    await north.get('Patient/a');
  }, 'north');
  expect(events.map(summary).map(({ interaction, outcome }) => `${interaction} ${outcome}`)).toEqual([
    'create 0',
    'read 0',
    'read 4 404 not-found',
  ]);
  expect((await trailOf(server)).map(summary).some(({ about }) => about.includes('Patient/n'))).toBe(false);
});
