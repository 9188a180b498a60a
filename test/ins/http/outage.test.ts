import type { Task } from 'fhir/r4.d.ts';
import { patientOf } from '../../../seeds/patient.ts';
import { entriesOf, type FhirHttp, fhirHttp, serverUnderTest } from '../../support/fhir-http.ts';
import { withDataFolder, withServerProcess } from '../../support/server-process.ts';
import {
  adrun,
  adrunMatricule,
  adrunWith,
  firstIssue,
  identityCard,
  insOf,
  readPatient,
  resetInsi,
  startedByTests,
  statusOf,
  stored,
  switchInsi,
  until,
  verify,
} from './support.ts';

const http = serverUnderTest({ INSI_RETRY_SECONDS: '1' });
const started = startedByTests();
afterEach(async () => {
  await resetInsi(http);
  // An answer between the outages, so that no row of failures opens the circuit.
  await http.post('Patient/$verify-ins', patientOf(adrun));
});

const respondAsync = { Prefer: 'respond-async' };

/** Asks for a verification that may wait; answers the URL of its Task. */
async function accepted(server: FhirHttp, id: string, evidence: object = identityCard): Promise<string> {
  const answer = await verify(server, id, { apply: true, evidence }, respondAsync);
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  expect(answer.headers['content-location']).toMatch(new RegExp(`^${server.base}/Task/[0-9a-f-]{36}$`));
  expect(answer.json()).toMatchObject({ resourceType: 'Task', status: 'requested' });
  return answer.headers['content-location']!;
}

async function taskAt(server: FhirHttp, url: string): Promise<Task> {
  return (await server.get(url)).json<Task>();
}

/** Waits until a Task has a status. */
async function reached(server: FhirHttp, url: string, status: Task['status']): Promise<Task> {
  await until(async () => (await taskAt(server, url)).status === status);
  return taskAt(server, url);
}

/** Waits until a Task was tried and waits for the next attempt. */
async function putBack(server: FhirHttp, url: string): Promise<Task> {
  await until(async () => (await taskAt(server, url)).statusReason?.text === 'unavailable');
  return taskAt(server, url);
}

test('an outage changes no status and no version, and leaves a trace', async () => {
  const id = await stored(
    http,
    adrunWith({ status: 'RECUP', matricule: adrunMatricule, retrievedOn: '2026-01-05' }),
  );
  await switchInsi(http, { outage: 'connection-reset' });
  const answer = await verify(http, id, { apply: true, evidence: identityCard });
  expect(answer.status).toBe(503);
  const patient = await readPatient(http, id);
  expect([patient.meta?.versionId, statusOf(patient)]).toEqual(['1', 'RECUP']);
  expect(entriesOf(await http.get(`VerificationResult?target=Patient/${id}`), 'match')).toEqual([]);
  const traces = entriesOf(await http.get(`AuditEvent?entity=Patient/${id}`), 'match');
  expect(traces.map(({ resource }) => resource)).toMatchObject([
    { outcome: '8', outcomeDesc: 'unavailable', action: 'E' },
  ]);
});

describe('with respond-async', () => {
  test('a verification is a Task, which ends with the outcome', async () => {
    const id = await stored(http, adrun);
    const url = await accepted(http, id);
    const task = await reached(http, url, 'completed');
    expect(task).toMatchObject({
      intent: 'order',
      code: { coding: [{ system: 'https://passerelle.fr/fhir/CodeSystem/operation', code: 'verify-ins' }] },
      focus: { reference: `Patient/${id}` },
      for: { reference: `Patient/${id}` },
      output: [
        { type: { text: 'outcome' }, valueCode: 'verified' },
        { type: { text: 'previousStatus' }, valueCode: 'PROV' },
        { type: { text: 'identityStatus' }, valueCode: 'QUAL' },
      ],
    });
    expect(JSON.stringify(task)).not.toMatch(/ADRUN|275126322074974/);
    const patient = await readPatient(http, id);
    expect([statusOf(patient), insOf(patient)]).toEqual(['QUAL', ['official 10 275126322074974']]);
  });

  test('it waits during an outage, seen by a search, and finishes after it', async () => {
    const id = await stored(http, adrun);
    await switchInsi(http, { outage: 'http-500' });
    const url = await accepted(http, id);
    await putBack(http, url);
    const waiting = await http.get(`Task?patient=Patient/${id}&status=requested,in-progress&code=verify-ins`);
    expect(entriesOf(waiting, 'match').map(({ fullUrl }) => fullUrl)).toEqual([url]);
    expect(statusOf(await readPatient(http, id))).toBe('PROV');
    await resetInsi(http);
    await reached(http, url, 'completed');
    expect(statusOf(await readPatient(http, id))).toBe('QUAL');
  });

  test('local checks refuse at once: nothing is accepted', async () => {
    const blocked = await stored(http, adrunWith({ attributes: ['DOUT'] }));
    const weak = await stored(http, adrun);
    const answers = [
      await verify(http, blocked, { apply: true }, respondAsync),
      await verify(http, weak, { evidence: { valueCoding: { code: 'CS' } } }, respondAsync),
      await verify(http, 'never', {}, respondAsync),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 404]);
    expect(firstIssue(answers[0]!.json())).toMatchObject({ outcome: 'blocked' });
    const tasks = await http.get(`Task?patient=Patient/${blocked},Patient/${weak}`);
    expect(entriesOf(tasks, 'match')).toEqual([]);
  });

  test('a refusal met later ends the Task for good', async () => {
    const id = await stored(http, adrun);
    await switchInsi(http, { outage: 'http-500' });
    const url = await accepted(http, id);
    await putBack(http, url);
    const patient = await readPatient(http, id);
    const doubt = {
      url: 'identityStatus',
      valueCoding: { code: 'DOUT', system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445' },
    };
    patient.extension!.push({
      url: 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability',
      extension: [doubt],
    });
    expect((await http.put(`Patient/${id}`, patient)).status).toBe(200);
    await resetInsi(http);
    const task = await reached(http, url, 'failed');
    expect(task.statusReason?.text).toMatch(/douteuse/);
    expect(statusOf(await readPatient(http, id))).toBe('PROV');
  });

  test('a name that INSi does not take ends it too', async () => {
    const id = await stored(http, adrunWith({ birthName: 'ADRUN 2' }));
    const task = await reached(http, await accepted(http, id), 'failed');
    expect(task.statusReason?.text).toBe('rejected-input');
  });

  test('a Task that a person cancels is not worked on', async () => {
    const id = await stored(http, adrun);
    await switchInsi(http, { outage: 'http-500' });
    const url = await accepted(http, id);
    // Cancelled while it waits, whatever attempt is under way.
    await until(async () => {
      const task = await putBack(http, url);
      const headers = { 'If-Match': `W/"${task.meta?.versionId}"` };
      return (await http.put(`Task/${task.id}`, { ...task, status: 'cancelled' }, headers)).status === 200;
    });
    await resetInsi(http);
    const other = await stored(http, adrun);
    await reached(http, await accepted(http, other), 'completed');
    expect((await taskAt(http, url)).status).toBe('cancelled');
    expect(statusOf(await readPatient(http, id))).toBe('PROV');
  });

  test('a Task that asks for what the operation does not know fails', async () => {
    const answer = await http.post('Task', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      code: { coding: [{ system: 'https://passerelle.fr/fhir/CodeSystem/operation', code: 'verify-ins' }] },
      focus: { reference: `Patient/${await stored(http, adrun)}` },
      input: [{ type: { text: 'ins' }, valueBase64Binary: 'AAAA' }],
    });
    const { id } = answer.json<{ id: string }>();
    await reached(http, `Task/${id}`, 'failed');
  });
});

test('what waits survives a server that is killed', async () => {
  const insi = await started.insi();
  await withDataFolder(async (directory) => {
    const environment = { ...insi.environment, INSI_RETRY_SECONDS: '1', INSI_TIMEOUT_SECONDS: '1' };
    const held = insi.hold();
    const [id, path] = await withServerProcess(directory, environment, async ({ origin, signal, exited }) => {
      const server = fhirHttp(origin);
      const patient = await stored(server, adrun);
      const url = await accepted(server, patient);
      await held.arrived(1);
      signal('SIGKILL');
      await exited;
      return [patient, `Task/${url.split('/').at(-1)}`] as const;
    });
    held.release();
    await withServerProcess(directory, environment, async ({ origin }) => {
      const server = fhirHttp(origin);
      // In progress for longer than any call lasts: it was left by a server that is gone.
      await reached(server, path, 'completed');
      expect(statusOf(await readPatient(server, id))).toBe('QUAL');
    });
  });
});
