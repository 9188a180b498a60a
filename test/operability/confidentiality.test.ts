import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Patient } from 'fhir/r4.d.ts';
import { patientOf } from '../../seeds/patient.ts';
import { App, answerOf, assertionType, backendClient, backendKey, publicApp } from '../auth/smart/app.ts';
import { adrunMatricule, adrunWith } from '../ins/http/support.ts';
import { noteAnswer } from '../support/confidentiality.ts';
import { type Answer, type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { runPasserelle } from '../support/passerelle.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, withDataFolder, withServerProcess } from '../support/server-process.ts';
import { storeSettings } from '../support/store-under-test.ts';

/** The identity of a person whom INSi knows, with marks wherever a record can hold them. */
const record = adrunWith({ id: 'marked-record' });
const patient: Patient = {
  ...patientOf(record),
  telecom: [{ system: 'phone', value: '+33699887766' }],
  contact: [{ name: { family: 'Zmarquise' } }],
};
const doctor = { rpps: '99799000015', name: 'EXEMPLE', practice: 'CABINET DU DR' };

/** Found in what the server writes in any case of letters, each of these is a leak. */
const identity = [
  'adrun',
  'zoé',
  'zmarquise',
  '1975-12-31',
  '19751231',
  adrunMatricule.value,
  adrunMatricule.value.slice(0, 13),
  '699887766',
  'marked-record',
  doctor.rpps,
  doctor.name,
  doctor.practice,
];

/** Stands where a name of FHIR should: the answer may say which name is unknown, nothing else that is written may. */
const misnamed = 'Qunknown';

const settings = { AUTH: 'on', LOG_LEVEL: 'debug', SEED: 'none', INSI_RETRY_SECONDS: '1' };
const facade = '/api/v1/french-healthcare';

/** Who asks, and what none of the answers to their mistakes may hold. */
interface Run {
  server: ServerProcess;
  http: FhirHttp;
  /** Tokens, codes and secrets that were handed out or sent. */
  secrets: string[];
  /** Answers that are refusals or failures, without the address that was asked for. */
  refusals: { about: string; text: string }[];
}

function found(text: string, marks: readonly string[]): string[] {
  const lower = text.toLowerCase();
  return marks.filter((mark) => lower.includes(mark.toLowerCase()));
}

/** Keeps what a refusal says; the id that the address named is the caller's own, and may be named again. */
function note(
  { refusals }: Run,
  about: string,
  { status, text }: Pick<Answer, 'status' | 'text'>,
  path = '',
): number {
  const [, id = ''] = path.replace(/\?.*/s, '').split('/');
  if (status >= 400) {
    refusals.push({
      about: `${about}: ${status}`,
      text: id === '' ? text : text.replaceAll(decoded(id), ''),
    });
  }
  return status;
}

function decoded(text: string): string {
  return /%[^0-9a-f]/i.test(text) ? text : decodeURIComponent(text);
}

async function noted(run: Run, about: string, response: Promise<Response>): Promise<number> {
  const { status, ...rest } = await response.then(async (answer) => ({
    status: answer.status,
    text: await answer.text(),
  }));
  return note(run, about, { status, ...rest });
}

/** Reads, searches and writes, well and badly, with the identity wherever a caller can put it. */
async function exerciseFhir(run: Run): Promise<void> {
  const { http } = run;
  const matricule = adrunMatricule.value;
  const put = await http.put('Patient/marked-record', patient);
  expect([put.status, put.status === 201 ? '' : put.text]).toEqual([201, '']);
  const reads = [
    'Patient/marked-record',
    'Patient?family=Adrun&given=Zoé&birthdate=1975-12-31',
    `Patient?identifier=${matricule}`,
    'Patient/marked-record/_history',
    'Patient/marked-record/$everything',
    'Observation?subject:Patient.family=Adrun',
    'AuditEvent?patient=Patient/marked-record',
    // Mistakes of callers.
    `Patient/${matricule}`,
    `${misnamed}/${matricule}`,
    'Patient/marked-record/_history/99',
    'Patient?birthdate=Adrun',
    `Patient?${misnamed}=1975-12-31`,
    `Patient?_sort=${misnamed}`,
    `Patient?_include=${misnamed}:zoé`,
    `Patient?general-practitioner.${misnamed}=Zmarquise`,
    'Patient?_filter=family eq Adrun and',
    'Patient?_cursor=Adrun',
    'Patient?_format=Adrun',
    `Patient/$${misnamed}?birthdate=1975-12-31`,
    `Patient/${'%61drun'.repeat(10)}`,
    'Patient/adrun%zz',
    `Patient?family=${'Adrun'.repeat(4_000)}`,
  ];
  for (const path of reads) note(run, `GET ${path.slice(0, 60)}`, await http.get(path), path);
  const bodies: [string, unknown, Record<string, string>?][] = [
    ['Patient', { ...patient, gender: 'Adrun' }],
    ['Patient', { ...patient, birthDate: '31/12/1975 Adrun' }],
    ['Patient', { ...patient, [misnamed]: 'Zmarquise' }],
    [
      'Patient',
      { ...patient, identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '275126322074999' }] },
    ],
    ['Patient', '{"resourceType":"Patient","name":[{"family":"Adrun"'],
    ['Patient', '{"resourceType":"Patient","name":[{"family":Adrun}]}'],
    [
      'Patient',
      `<Patient xmlns="http://hl7.org/fhir"><${misnamed} value="1975-12-31"/>`,
      { 'Content-Type': 'application/fhir+xml' },
    ],
    ['Patient', 'family=Adrun', { 'Content-Type': 'text/adrun' }],
    ['Patient', patient, { 'If-None-Exist': `identifier=${matricule}&birthdate=Adrun` }],
    [
      'Patient/_search',
      'family=Adrun&birthdate=1975-13-31',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    ],
    ['$graphql', { query: '{ PatientList(family: "Adrun") { name { family } Qunknown } }' }],
    ['$graphql', { query: '{ Patient(id: "marked-record") { name { family } birthDate ' }],
    ['$graphql', { query: 'query ($a: Adrun!) { Patient(id: $a) { id } }', variables: { a: 1975 } }],
    ['Patient/$match', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: patient }] }],
    [
      'Patient/$match',
      { resourceType: 'Parameters', parameter: [{ name: misnamed, valueString: 'Zmarquise' }] },
    ],
    ['Patient/$validate', { ...patient, gender: 'Adrun' }],
    [
      '',
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { resource: patient, request: { method: 'PUT', url: `Patient?identifier=${matricule}` } },
          { request: { method: 'GET', url: 'Patient?birthdate=Adrun' } },
        ],
      },
    ],
    [
      '',
      {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{ request: { method: 'GET', url: `${misnamed}/marked-record` } }],
      },
    ],
  ];
  for (const [path, body, headers = {}] of bodies) {
    note(run, `POST ${path}`, await http.post(path, body, headers));
  }
  note(
    run,
    'PATCH',
    await http.send('PATCH', 'Patient/marked-record', {
      body: [{ op: 'test', path: '/name/0/family', value: 'Adrun-Zmarquise' }],
      headers: { 'Content-Type': 'application/json-patch+json' },
    }),
  );
  note(
    run,
    'PUT of another version',
    await http.put('Patient/marked-record', patient, { 'If-Match': 'W/"99"' }),
  );
  note(run, 'a method of its own', await http.send('ADRUN', `Patient/${matricule}`));
  await sendRaw(run.server.origin, `GET /fhir/Patient?family=Adrun HTTP/1.1\r\nAdrun Zoé\r\n\r\n`);
  await fetch(`${run.server.origin}/adrun/${matricule}?birthdate=1975-12-31`);
}

/** Verifications that INSi answers, refuses and does not answer. */
async function exerciseIns(run: Run): Promise<void> {
  const { http, server } = run;
  const verify = async () =>
    note(
      run,
      '$verify-ins',
      await http.post('Patient/marked-record/$verify-ins', { resourceType: 'Parameters' }),
    );
  const switches = (body: object) =>
    fetch(`${server.origin}/simulators/insi/switches`, { method: 'PUT', body: JSON.stringify(body) });
  expect(await verify()).toBe(200);
  for (const outage of ['siram_40', 'http-500', 'connection-reset', 'truncated']) {
    await switches({ outage, failNext: 3 });
    await verify();
  }
  await fetch(`${server.origin}/simulators/insi/switches`, { method: 'DELETE' });
  const authorization = String(run.secrets[0]);
  const body = {
    patient_id: 'marked-record',
    ins_number: adrunMatricule.value,
    birth_name: 'ADRUN',
    first_names: 'ZOE',
    birth_date: '1975-12-31',
  };
  for (const given of [body, { ...body, birth_name: 'ZMARQUISE' }, { ...body, birth_date: 'Adrun' }]) {
    const asked = fetch(`${server.origin}${facade}/ins/verify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${authorization}` },
      body: JSON.stringify(given),
    });
    await noted(run, 'INS facade', asked);
  }
}

/** A launch with a login of Pro Santé Connect, and all that goes wrong with one. */
async function exerciseLogins(run: Run): Promise<void> {
  const { server, secrets } = run;
  const { origin } = server;
  const { client_id } = publicApp;
  const app = new App({ origin, fhir: `${origin}/fhir` });
  const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs';
  const page = await app.authorize({ client_id, scope, login_hint: doctor.rpps });
  const listed = await app.visitor.submit(page, { search: 'ADRUN', action: 'search' });
  const { url } = await app.visitor.submit(listed, { patient: 'marked-record', action: 'allow' });
  const tokens = await answerOf(await app.exchange(url, { client_id }));
  secrets.push(tokens.access_token, tokens.refresh_token ?? '', tokens.id_token ?? '', app.verifier);
  secrets.push(url.searchParams.get('code') ?? '');
  const launched = fhirHttp(origin);
  const by = { Authorization: `Bearer ${tokens.access_token}` };
  expect(note(run, 'launched', await launched.get('Patient/marked-record', by))).toBe(200);
  note(run, 'another patient', await launched.get('Patient/adrun', by), 'Patient/adrun');
  note(run, 'a wrong action', await launched.delete('Patient/marked-record', by));
  note(
    run,
    'a forged token',
    await launched.get('Patient/adrun', { Authorization: 'Bearer Adrun.Zmarquise' }),
  );
  note(run, 'a token in the URL', await launched.get(`Patient/adrun?access_token=${tokens.access_token}`));
  await noted(run, 'a code used twice', app.exchange(url, { client_id }));
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '', client_id };
  await noted(run, 'refresh', app.token(refresh));
  await noted(run, 'refresh used twice', app.token(refresh));
  await noted(
    run,
    'a wrong secret',
    app.token({ ...refresh, client_id: 'adrun', client_secret: 'Zmarquise' }),
  );

  const psc = `${origin}${facade}/psc`;
  await noted(
    run,
    'callback',
    fetch(`${psc}/callback`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: 'Adrun', state: 'Zmarquise' }),
    }),
  );
  await noted(run, 'me', fetch(`${psc}/me`, { headers: { Authorization: 'Bearer Adrun' } }));
  for (const change of [
    { failing: 'token' },
    { failing: 'userinfo' },
    { userInfoSubject: 'other' },
    { nonce: 'other' },
  ]) {
    await pscSwitches(server, change);
    const failing = new App({ origin, fhir: `${origin}/fhir` });
    const shown = await failing
      .authorize({ client_id, scope, login_hint: doctor.rpps })
      .catch(() => undefined);
    if (shown !== undefined) note(run, `login, ${JSON.stringify(change)}`, shown);
    await pscSwitches(server, undefined);
  }
}

async function pscSwitches({ origin }: ServerProcess, change: object | undefined): Promise<void> {
  const url = `${origin}/simulators/psc/__sim/switches`;
  const answer = await fetch(
    url,
    change === undefined
      ? { method: 'DELETE' }
      : { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(change) },
  );
  expect(answer.status).toBe(200);
}

/** Registers clients in the store of a server that does not run yet. */
async function register(directory: string, client: object): Promise<void> {
  const file = join(directory, 'client.json');
  await writeFile(file, JSON.stringify(client));
  const environment = { ...settings, DATA_DIR: directory, ...(await storeSettings(directory)) };
  const { code, stderr } = await runPasserelle(['clients', 'add', file], environment);
  expect([code, stderr]).toEqual([0, '']);
}

test('nothing that the server writes of itself holds an identity or a token', () =>
  withDataFolder(async (directory) => {
    const address = { origin: '' };
    const key = await backendKey(address, 'marked-backend');
    await register(directory, backendClient('marked-backend', key.publicKey, 'system/*.cruds'));
    await register(directory, publicApp);
    await withServerProcess(directory, settings, async (server) => {
      address.origin = server.origin;
      const assertion = await key.assertion();
      const app = new App({ origin: server.origin, fhir: `${server.origin}/fhir` });
      const { access_token } = await answerOf(
        await app.token({
          grant_type: 'client_credentials',
          client_assertion_type: assertionType,
          client_assertion: assertion,
          scope: 'system/*.cruds',
        }),
      );
      const run: Run = {
        server,
        http: authorized(fhirHttp(server.origin), access_token),
        secrets: [access_token, assertion],
        refusals: [],
      };
      await exerciseFhir(run);
      await exerciseIns(run);
      await exerciseLogins(run);
      const erasure = await run.http.post('Patient/marked-record/$erase', {
        resourceType: 'Parameters',
        parameter: [{ name: 'reason', valueCode: 'data-subject-request' }],
      });
      expect(note(run, 'erasure', erasure)).toBe(200);
      const metrics = await (await fetch(`${server.origin}/metrics`)).text();
      server.signal('SIGTERM');
      expect(await server.exited).toBe(0);

      const secrets = run.secrets.filter((secret) => secret !== '');
      const marks = [...identity, misnamed, ...secrets];
      expect(found(metrics, marks)).toEqual([]);
      const lines = server.output().split('\n');
      expect(lines.filter((line) => found(line, marks).length > 0)).toEqual([]);
      expect(lines.filter((line) => line.includes('"login failed"'))).toHaveLength(4);
      expect(lines.filter((line) => line.includes('"request"')).length).toBeGreaterThan(50);
      expect(run.refusals.length).toBeGreaterThan(35);
      // The id of a record is no identity; it is what an answer names a record by.
      const values = [...identity.filter((mark) => mark !== record.id), ...secrets];
      expect(run.refusals.filter(({ text }) => found(text, values).length > 0)).toEqual([]);
    });
  }));

describe('every server of the tests is watched for that', () => {
  const written: [string, (server: TestServer) => unknown][] = [
    ['the log', (server) => server.running.core.log.debug('debug', { value: 'x', name: 'Zmarquise' })],
    ['a metric', (server) => server.running.core.metrics.request('read', 'Zmarquise', 200, 1)],
    ['a refusal', () => noteAnswer('Patient', 422, 'Zmarquise is no name')],
  ];

  test.each(written)('%s that tells who a person is fails the file', async (_name, leak) => {
    const server = await startTestServer();
    const put = await fhirHttp(server.origin).put('Patient/marked-record', patient);
    expect(put.status).toBe(201);
    await leak(server);
    await expect(server.stop()).rejects.toThrow('Zmarquise');
  });
});

/** A caller who shows this token with every request. */
function authorized(http: FhirHttp, token: string): FhirHttp {
  const Authorization = `Bearer ${token}`;
  const send: FhirHttp['send'] = (method, path, { headers = {}, body } = {}) =>
    http.send(method, path, {
      headers: { Authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    base: http.base,
    origin: http.origin,
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    delete: (path, headers = {}) => send('DELETE', path, { headers }),
    post: (path, body, headers = {}) => send('POST', path, { headers, body }),
    put: (path, body, headers = {}) => send('PUT', path, { headers, body }),
  };
}
