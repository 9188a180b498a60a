import {
  App,
  answerOf,
  assertionType,
  backendClient,
  backendKey,
  basic,
  confidentialApp,
  launchUri,
  publicApp,
} from './app.ts';
import { doctor } from './fake-login.ts';
import { patients, practitioner, type SmartTestServer, startSmartServer } from './smart-server.ts';
import { Visitor } from './visitor.ts';

let server: SmartTestServer;
let hostToken = '';
let hostSecret = '';

const [first, second] = patients;
const client_id = publicApp.client_id;
const scope = 'openid fhirUser launch patient/*.rs';

beforeAll(async () => {
  server = await startSmartServer();
  await server.register(publicApp);
  const host = { ...confidentialApp, client_id: 'ehr-of-users', launch_host: true };
  hostSecret = (await server.register(host)).client_secret ?? '';
  const key = await backendKey(server, 'ehr');
  await server.register({ ...backendClient('ehr', key.publicKey, 'system/Patient.r'), launch_host: true });
  const answer = await new App(server).token({
    grant_type: 'client_credentials',
    scope: 'system/Patient.r',
    client_assertion_type: assertionType,
    client_assertion: await key.assertion(),
  });
  hostToken = (await answerOf(answer)).access_token;
});

afterAll(() => server.stop());

beforeEach(() => {
  server.login.user = doctor(practitioner);
});

function order(body: object, token = hostToken): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  return fetch(`${server.origin}/launch`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function launchOf(context: object, token = hostToken): Promise<string> {
  const { launch } = (await (await order({ client_id, ...context }, token)).json()) as { launch: string };
  return launch;
}

test('an EHR opens an app for a patient, an encounter and more', async () => {
  const fhirContext = [{ reference: 'ImagingStudy/i1', role: 'https://example.org/role' }];
  const ordered = await order({
    client_id,
    patient: first,
    encounter: 'encounter-1',
    fhirContext,
    need_patient_banner: false,
    intent: 'reconcile',
  });
  expect(ordered.status).toBe(201);
  const { launch, url } = (await ordered.json()) as { launch: string; url: string };
  const opened = new URL(url);
  expect(opened.href.split('?')[0]).toBe(launchUri);
  expect(opened.searchParams.get('iss')).toBe(server.fhir);
  expect(opened.searchParams.get('launch')).toBe(launch);
  const app = new App(server);
  const redirect = await app.consent({ client_id, scope, launch });
  const answer = await answerOf(await app.exchange(redirect, { client_id }));
  expect(answer).toMatchObject({
    patient: first,
    encounter: 'encounter-1',
    fhirContext,
    need_patient_banner: false,
    intent: 'reconcile',
    scope: expect.stringContaining('launch'),
  });
});

test('the user sees the patient of the launch and cannot choose another', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope, launch: await launchOf({ patient: first }) });
  expect(page.text).toContain('PATSIX');
  expect(page.text).not.toContain('name="search"');
  const { url } = await app.visitor.submit(page, { patient: second, action: 'allow' });
  expect(await answerOf(await app.exchange(url, { client_id }))).toMatchObject({ patient: first });
});

test('a launch is used once, by its client, by one of two browsers', async () => {
  const launch = await launchOf({ patient: first });
  const apps = [new App(server), new App(server)] as const;
  const pages = [
    await apps[0].authorize({ client_id, scope, launch }),
    await apps[1].authorize({ client_id, scope, launch }),
  ] as const;
  const ends = await Promise.all(
    pages.map((page, index) => apps[index as 0 | 1].visitor.submit(page, { action: 'allow' })),
  );
  expect(ends.filter(({ url }) => url.searchParams.has('code'))).toHaveLength(1);
  expect(ends.filter(({ status }) => status === 400)).toHaveLength(1);
  const again = await new App(server).authorize({ client_id, scope, launch });
  expect(again.url.searchParams.get('error')).toBe('invalid_request');
  const other = { client_id: 'ehr-of-users', scope, launch: await launchOf({ patient: first }) };
  const refused = await new App(server).authorize(other);
  expect(refused.url.searchParams.get('error')).toBe('invalid_request');
});

test('a launch in the name of a user is not followed by another user', async () => {
  const host = new App(server);
  const redirect = await host.consent({ client_id: 'ehr-of-users', scope: 'user/Patient.rs' });
  const answer = await answerOf(await host.exchange(redirect, {}, basic('ehr-of-users', hostSecret)));
  const launch = await launchOf({ patient: first }, answer.access_token);
  server.login.user = doctor('Practitioner/practitioner-2');
  expect((await new App(server).authorize({ client_id, scope, launch })).status).toBe(403);
  server.login.user = doctor(practitioner);
  const { url } = await host.visitor.submit(
    await new App(server, host.visitor).authorize({ client_id, scope, launch }),
    {
      action: 'allow',
    },
  );
  expect(url.searchParams.get('code')).toEqual(expect.any(String));
});

test('only a host opens launches, and only of apps that it may', async () => {
  const { access_token } = await new App(server).launch('user/Patient.rs');
  expect((await order({ client_id, patient: first }, access_token)).status).toBe(403);
  expect((await order({ client_id, patient: first }, 'unknown')).status).toBe(401);
  expect((await order({ client_id: 'nobody', patient: first })).status).toBe(422);
  const wrong = await order({ client_id, patient: '../x', more: 1 });
  expect(wrong.status).toBe(400);
  const { issue } = (await wrong.json()) as { issue: object[] };
  expect(issue).toHaveLength(2);
});

test('two launches of two patients in one browser keep their own', async () => {
  const visitor = new Visitor(server.origin);
  const answers = [];
  for (const patient of patients) {
    const app = new App(server, visitor);
    const redirect = await app.consent({ client_id, scope, launch: await launchOf({ patient }) });
    answers.push(await answerOf(await app.exchange(redirect, { client_id })));
  }
  for (const [index, { patient, access_token }] of answers.entries()) {
    expect(patient).toBe(patients[index]);
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await fetch(`${server.fhir}/Patient/${patient}`, { headers })).status).toBe(200);
    expect(server.actors.at(-1)?.context.patient).toBe(patient);
  }
});
