import type { AuditEvent, Bundle } from 'fhir/r4.d.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { issuesOf } from '../../validation/validate.ts';
import { balpViolations } from '../balp-shapes.ts';
import { requestIn, summary, trailOf } from './trail.ts';

let server: TestServer;
let http: FhirHttp;

beforeEach(async () => {
  server = await startTestServer({ AUDIT: 'on' });
  http = fhirHttp(server.origin);
});
afterEach(() => server.stop());

const patient = (id: string) => ({ resourceType: 'Patient', id, name: [{ family: 'Adrun' }] });
const observation = (id: string, of: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${of}` },
});

/** The events of some work; each is a valid AuditEvent, and one of the profile that it claims. */
async function eventsOf(work: () => Promise<unknown>): Promise<AuditEvent[]> {
  const before = (await trailOf(server)).length;
  await work();
  const events = (await trailOf(server)).slice(before);
  for (const event of events) expect([...issuesOf(event), ...balpViolations(event)]).toEqual([]);
  return events;
}

const summaries = async (work: () => Promise<unknown>) => (await eventsOf(work)).map(summary);

async function loaded(): Promise<void> {
  for (const id of ['a', 'b']) await http.put(`Patient/${id}`, patient(id));
  for (const [id, of] of [
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'b'],
  ] as const) {
    await http.put(`Observation/${id}`, observation(id, of));
  }
}

test('writes: create, update, patch and delete, each with its version and Patient', async () => {
  const events = await summaries(async () => {
    await http.put('Patient/a', patient('a'));
    await http.post('Observation', observation('', 'a'));
    await http.put('Patient/a', { ...patient('a'), active: true });
    await http.send('PATCH', 'Patient/a', {
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: [{ op: 'replace', path: '/active', value: false }],
    });
    await http.delete('Patient/a');
    await http.post('Organization', { resourceType: 'Organization', name: 'x' });
  });
  expect(events.map(({ profile, interaction }) => `${profile} ${interaction}`)).toEqual([
    'PatientCreate create',
    'PatientCreate create',
    'PatientUpdate update',
    'PatientUpdate patch',
    'PatientDelete delete',
    'Create create',
  ]);
  expect(events[2]?.about).toBe('data Patient/a/_history/2, patient Patient/a');
  expect(events[4]?.about).toBe('data Patient/a/_history/4, patient Patient/a');
});

test('a write that is refused leaves what failed, and a write is never there without its event', async () => {
  await http.put('Patient/a', patient('a'));
  const events = await summaries(async () => {
    expect((await http.put('Patient/a', { resourceType: 'Patient', id: 'a', gender: 'odd' })).status).toBe(
      422,
    );
    expect((await http.put('Patient/a', patient('a'), { 'If-Match': 'W/"9"' })).status).toBe(412);
  });
  expect(events).toEqual([
    expect.objectContaining({ profile: '', interaction: 'update', outcome: '4 422 code-invalid' }),
    expect.objectContaining({ profile: '', interaction: 'update', outcome: '4 412 conflict' }),
  ]);
});

test('a body that cannot be read leaves what was refused', async () => {
  const events = await eventsOf(async () => {
    expect((await http.post('Patient', '{')).status).toBe(400);
    expect((await http.put('Patient/a', 'x', { 'Content-Type': 'text/plain' })).status).toBe(415);
  });
  expect(events.map(summary).map(({ outcome }) => outcome)).toEqual([
    '4 400 structure',
    '4 415 not-supported',
  ]);
  expect(events.map(requestIn)).toEqual(['POST /Patient', 'PUT /Patient/a']);
});

test('reads: current and old versions, what is not there and what is gone', async () => {
  await loaded();
  await http.delete('Observation/1');
  const events = await summaries(async () => {
    await http.get('Patient/a');
    await http.get('Observation/2/_history/1');
    await http.get('Patient/none');
    await http.get('Observation/1');
    await http.get('Nothing/1');
  });
  expect(events).toEqual([
    {
      profile: 'PatientRead',
      interaction: 'read',
      action: 'R',
      outcome: '0',
      about: 'data Patient/a/_history/1, patient Patient/a',
    },
    {
      profile: 'PatientRead',
      interaction: 'vread',
      action: 'R',
      outcome: '0',
      about: 'data Observation/2/_history/1, patient Patient/b',
    },
    {
      profile: '',
      interaction: 'read',
      action: 'R',
      outcome: '4 404 not-found',
      about: 'data Patient/none, patient Patient/none',
    },
    { profile: '', interaction: 'read', action: 'R', outcome: '4 410 deleted', about: 'data Observation/1' },
    { profile: '', interaction: '', action: 'E', outcome: '4 404 not-found', about: '' },
  ]);
});

test('a search leaves one event for each Patient that it found, with the request as it came', async () => {
  await loaded();
  const events = await eventsOf(() => http.get('Observation?status=final&_count=50'));
  expect(events.map(summary)).toEqual(
    ['a', 'b'].map((id) => ({
      profile: 'PatientQuery',
      interaction: 'search-type',
      action: 'E',
      outcome: '0',
      about: `patient Patient/${id}`,
    })),
  );
  expect(requestIn(events[0]!)).toBe('GET /Observation?status=final&_count=50');
});

test('included Patients count, one left out by _elements too, and a search without any is a plain one', async () => {
  await loaded();
  const found = async (path: string) => (await summaries(() => http.get(path))).map(({ about }) => about);
  expect(await found('Observation?_id=2&_include=Observation:subject')).toEqual(['patient Patient/b']);
  expect(await found('Observation?_id=2&_elements=code')).toEqual(['patient Patient/b']);
  expect(await found('Observation?_id=none')).toEqual(['']);
  expect(await found('Observation?_summary=count')).toEqual(['']);
  const [plain] = await summaries(() => http.get('Organization'));
  expect(plain?.profile).toBe('Query');
});

test('the form of a search by POST is part of the request', async () => {
  await loaded();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const events = await eventsOf(() => http.post('Patient/_search', 'family=Adrun&_id=a', headers));
  expect(events.map(requestIn)).toEqual(['POST /Patient/_search\n\nfamily=Adrun&_id=a']);
});

test('histories and operations leave queries that claim no profile', async () => {
  await loaded();
  const events = await summaries(async () => {
    await http.get('Patient/a/_history');
    await http.get('Patient/a/$everything');
    await http.get('Observation/_history');
  });
  expect(events.map(({ profile, interaction, about }) => ({ profile, interaction, about }))).toEqual([
    { profile: '', interaction: 'history-instance', about: 'data Patient/a, patient Patient/a' },
    { profile: '', interaction: 'operation everything', about: 'data Patient/a, patient Patient/a' },
    { profile: '', interaction: 'history-type', about: 'patient Patient/b' },
    { profile: '', interaction: 'history-type', about: 'patient Patient/a' },
  ]);
});

test('who asks for the number of versions alone is told of no patient', async () => {
  await loaded();
  const events = await summaries(async () => {
    await http.get('Observation/_history?_count=0');
    await http.get('_history?_count=0');
  });
  expect(events.map(({ interaction, about }) => ({ interaction, about }))).toEqual([
    { interaction: 'history-type', about: '' },
    { interaction: 'history-system', about: '' },
  ]);
});

test('a batch leaves one event for each entry, failed ones too', async () => {
  await loaded();
  const entry = (method: string, url: string, resource?: object) => ({
    request: { method, url },
    ...(resource === undefined ? {} : { resource }),
  });
  const events = await eventsOf(() =>
    http.post('', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        entry('GET', 'Patient/a'),
        entry('GET', 'Patient/none'),
        entry('GET', 'Observation?subject=Patient/b'),
        entry('POST', 'Observation', observation('', 'b')),
        entry('DELETE', 'Observation/1'),
      ],
    }),
  );
  expect(
    events
      .map(summary)
      .map(({ interaction, outcome }) => `${interaction} ${outcome}`)
      .sort(),
  ).toEqual(['create 0', 'delete 0', 'read 0', 'read 4 404 not-found', 'search-type 0']);
  expect(events.map(requestIn)).toContain('GET Observation?subject=Patient/b');
});

test('a transaction leaves one event for each entry, or one for its failure', async () => {
  await loaded();
  const transaction = (entry: object[]) => () =>
    http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  const write = { resource: observation('4', 'a'), request: { method: 'PUT', url: 'Observation/4' } };
  const read = { request: { method: 'GET', url: 'Patient/a' } };
  const events = await summaries(transaction([write, read]));
  expect(events.map(({ profile }) => profile)).toEqual(['PatientCreate', 'PatientRead']);
  const missing = { request: { method: 'GET', url: 'Patient/none' } };
  expect(await summaries(transaction([write, missing]))).toEqual([
    expect.objectContaining({ interaction: 'transaction', outcome: '4 404 not-found' }),
  ]);
});

test('a conditional create that finds its match leaves what it looked for', async () => {
  await loaded();
  const events = await summaries(() => http.post('Patient', patient('x'), { 'If-None-Exist': '_id=a' }));
  expect(events).toEqual([
    expect.objectContaining({ interaction: 'create', action: 'E', about: 'patient Patient/a' }),
  ]);
});

test('a deletion with a cascade leaves an event for each resource, and audit events stay', async () => {
  await loaded();
  const before = await trailOf(server);
  expect((await http.delete('Patient/b?_cascade=delete')).status).toBe(204);
  const after = await trailOf(server);
  expect(
    after
      .slice(before.length)
      .map(summary)
      .map(({ profile }) => profile),
  ).toEqual(new Array(3).fill('PatientDelete'));
  expect(after.slice(0, before.length)).toEqual(before);
});

test('whoever reads the trail is recorded once, without an end', async () => {
  await loaded();
  const [first] = await trailOf(server);
  const events = await summaries(async () => {
    await http.get('AuditEvent?_count=100');
    await http.get(`AuditEvent/${first?.id}`);
  });
  expect(events).toEqual([
    { profile: 'Query', interaction: 'search-type', action: 'E', outcome: '0', about: '' },
    {
      profile: 'Read',
      interaction: 'read',
      action: 'R',
      outcome: '0',
      about: `data AuditEvent/${first?.id}/_history/1`,
    },
  ]);
});

test('the trail is searched by patient, person, time, type and request', async () => {
  await loaded();
  await http.get('Observation/2', { 'X-Request-Id': 'my-request' });
  await trailOf(server);
  const total = async (query: string) => (await http.get(`AuditEvent?${query}`)).json<Bundle>().total;
  expect(await total('patient=Patient/b&subtype=read')).toBe(1);
  expect(await total('entity:identifier=my-request')).toBe(1);
  expect(await total('entity=Observation/2&action=R&outcome=0')).toBe(1);
  expect(await total('date=gt2100-01-01')).toBe(0);
  expect(await total('type=rest&entity:identifier=my-request&address=127.0.0.1')).toBe(1);
});

test('who looked at a record is no part of it, unless it is asked for', async () => {
  await loaded();
  await trailOf(server);
  const types = async (query: string) =>
    (await http.get(`Patient/a/$everything${query}`))
      .json<Bundle>()
      .entry?.map(({ resource }) => resource?.resourceType);
  expect(await types('')).toEqual(['Patient', 'Observation']);
  expect(new Set(await types('?_type=AuditEvent'))).toEqual(new Set(['AuditEvent']));
});

test('what the description of the server answers is not recorded', async () => {
  expect(await eventsOf(() => http.get('metadata'))).toEqual([]);
});

test('pages and files of an asynchronous search are recorded as they are read', async () => {
  await loaded();
  const events = await summaries(async () => {
    const { headers } = await http.get('Observation?_count=1', { Prefer: 'respond-async' });
    for (let status = 202; status === 202; ) status = (await http.get(headers['content-location']!)).status;
  });
  const patients = new Set(events.map(({ about }) => about));
  expect([...patients].sort()).toEqual(expect.arrayContaining(['patient Patient/a', 'patient Patient/b']));
});

test('routes beside the FHIR API leave an operation, with whom they told of', async () => {
  await loaded();
  const path = '/api/v1/french-healthcare/ins/patient/a';
  const events = await eventsOf(() => http.get(`${http.origin}${path}`));
  expect(events.map(summary)).toEqual([
    {
      profile: '',
      interaction: 'operation french-healthcare/ins',
      action: 'E',
      outcome: '0',
      about: 'patient Patient/a',
    },
  ]);
  expect(requestIn(events[0]!)).toBe(`GET ${path}`);
});

test('events of the last answers are there after the server was stopped', async () => {
  const directory = await temporaryDirectory();
  const first = await startTestServer({ AUDIT: 'on', DATA_DIR: directory });
  const client = fhirHttp(first.origin);
  await client.put('Patient/a', patient('a'));
  await Promise.all(Array.from({ length: 200 }, () => client.get('Patient/a')));
  await first.stop();
  const again = await startTestServer({ AUDIT: 'off', DATA_DIR: directory });
  try {
    const reads = (await trailOf(again)).filter(({ action }) => action === 'R');
    expect(reads).toHaveLength(200);
  } finally {
    await again.stop();
  }
});
