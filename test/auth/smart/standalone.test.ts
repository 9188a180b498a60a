import { decodeJwt } from 'jose';
import { App, answerOf, basic, confidentialApp, publicApp, redirectUri, type TokenAnswer } from './app.ts';
import { doctor } from './fake-login.ts';
import { patients, practitioner, type SmartTestServer, startSmartServer } from './smart-server.ts';
import { Visitor } from './visitor.ts';

let server: SmartTestServer;
let secret = '';

beforeAll(async () => {
  server = await startSmartServer();
  await server.register(publicApp);
  secret = (await server.register(confidentialApp)).client_secret ?? '';
});

afterAll(() => server.stop());

beforeEach(() => {
  server.login.user = doctor(practitioner);
});

const [first, second] = patients;
const client_id = publicApp.client_id;
const all = 'openid fhirUser launch/patient offline_access patient/*.rs';

test('a public app is launched for the patient that the user chooses', async () => {
  const app = new App(server);
  const redirect = await app.consent({ client_id, scope: all }, first);
  expect(redirect.href.split('?')[0]).toBe(redirectUri);
  expect(redirect.searchParams.get('state')).toBe(app.state);
  expect(redirect.searchParams.get('iss')).toBe(`${server.origin}/oauth`);
  const response = await app.exchange(redirect, { client_id });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
  const answer = await answerOf(response);
  expect(answer).toMatchObject({
    token_type: 'Bearer',
    expires_in: 300,
    patient: first,
    need_patient_banner: true,
    tenant: 'default',
  });
  expect(answer.scope.split(' ').sort()).toEqual(all.split(' ').sort());
  expect(answer.refresh_token).toEqual(expect.any(String));
  const claims = decodeJwt(answer.id_token ?? '');
  expect(claims).toMatchObject({
    iss: `${server.origin}/oauth`,
    aud: client_id,
    fhirUser: `${server.fhir}/${practitioner}`,
  });
  const read = await fetch(`${server.fhir}/Patient/${first}`, {
    headers: { Authorization: `Bearer ${answer.access_token}` },
  });
  expect(read.status).toBe(200);
  expect(server.actors.at(-1)).toMatchObject({
    kind: 'professional',
    tenant: 'default',
    fhirUser: practitioner,
    clientId: client_id,
    roles: ['doctor'],
    context: { patient: first },
    tokenReference: answer.access_token.slice(-32),
  });
});

test('two launches in one browser keep their own patients, and both tokens live', async () => {
  const visitor = new Visitor(server.origin);
  const one = await new App(server, visitor).launch(all, first);
  const two = await new App(server, visitor).launch(all, second);
  expect([one.patient, two.patient]).toEqual([first, second]);
  for (const [{ access_token }, patient] of [
    [one, first],
    [two, second],
  ] as const) {
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await fetch(`${server.fhir}/Patient/${patient}`, { headers })).status).toBe(200);
    expect(server.actors.at(-1)?.context.patient).toBe(patient);
  }
});

test('the pages of two launches that are open at once do not disturb each other', async () => {
  const visitor = new Visitor(server.origin);
  const apps = [new App(server, visitor), new App(server, visitor)] as const;
  const pages = [
    await apps[0].authorize({ client_id, scope: all }),
    await apps[1].authorize({ client_id, scope: all }),
  ] as const;
  const answers: TokenAnswer[] = [];
  for (const [index, app] of [...apps.entries()].reverse()) {
    const found = await visitor.submit(pages[index as 0 | 1], { search: 'PAT', action: 'search' });
    const { url } = await visitor.submit(found, { patient: patients[index as 0 | 1], action: 'allow' });
    answers[index] = await answerOf(await app.exchange(url, { client_id }));
  }
  expect(answers.map(({ patient }) => patient)).toEqual([first, second]);
});

test('a confidential app authenticates with its secret', async () => {
  const app = new App(server);
  const scope = 'launch/patient patient/Observation.rs';
  const redirect = await app.consent({ client_id: 'confidential-app', scope }, first);
  const wrong = await app.exchange(redirect, {}, basic('confidential-app', 'wrong'));
  expect(wrong.status).toBe(401);
  expect((await answerOf(wrong)).error).toBe('invalid_client');
  const right = await app.exchange(redirect, {}, basic('confidential-app', secret));
  expect(right.status).toBe(200);
  expect((await answerOf(right)).scope.split(' ').sort()).toEqual(scope.split(' ').sort());
});

test('authorization begins by POST too', async () => {
  const app = new App(server);
  const { searchParams } = app.address({ client_id, scope: all });
  const page = await app.visitor.open('/oauth/authorize', { method: 'POST', body: searchParams });
  expect(page.status).toBe(200);
  expect(page.url.pathname).toMatch(/^\/interaction\//);
});

test('scopes of both versions and with search parameters are granted as they are written', async () => {
  const scopes = [
    'launch/patient',
    'patient/Patient.read',
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
    'patient/Condition.cu',
    'user/Practitioner.r',
  ];
  const answer = await new App(server).launch(scopes.join(' '), first);
  expect(answer.scope.split(' ').sort()).toEqual([...scopes].sort());
});

test('what the client may not be granted, and what is no scope, is left out', async () => {
  const asked =
    'launch/patient patient/Patient.rs user/Patient.cruds system/*.rs patient/Patient.rx nonsense';
  const answer = await new App(server).launch(asked, first);
  expect(answer.scope.split(' ').sort()).toEqual(['launch/patient', 'patient/Patient.rs']);
});

test('what the user unticks is not granted', async () => {
  const app = new App(server);
  const page = await app.authorize({
    client_id,
    scope: 'launch/patient patient/Patient.rs patient/Observation.rs',
  });
  const found = await app.visitor.submit(page, { search: 'PAT', action: 'search' });
  const { url } = await app.visitor.submit(found, {
    patient: first,
    scope: ['launch/patient', 'patient/Patient.rs'],
    action: 'allow',
  });
  const answer = await answerOf(await app.exchange(url, { client_id }));
  expect(answer.scope.split(' ').sort()).toEqual(['launch/patient', 'patient/Patient.rs']);
});

test('the user may refuse', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope: all });
  const { url } = await app.visitor.submit(page, { action: 'deny' });
  expect(url.searchParams.get('error')).toBe('access_denied');
  expect(url.searchParams.get('state')).toBe(app.state);
});

test('an app about one patient does not start without a patient', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope: all });
  const again = await app.visitor.submit(page, { action: 'allow' });
  expect(again.status).toBe(400);
  expect(again.text).toContain('role="alert"');
  const unknown = await app.visitor.submit(again, { patient: 'nobody', action: 'allow' });
  expect(unknown.status).toBe(400);
});

test('an app that wants an encounter gets the one chosen of that patient', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope: 'launch/patient launch/encounter patient/*.rs' });
  const found = await app.visitor.submit(page, { search: 'PATSIX', action: 'search' });
  const asked = await app.visitor.submit(found, { patient: first, action: 'allow' });
  expect(asked.text).toContain('value="encounter-1"');
  const { url } = await app.visitor.submit(asked, { encounter: 'encounter-1', action: 'allow' });
  const answer = await answerOf(await app.exchange(url, { client_id }));
  expect(answer).toMatchObject({ patient: first, encounter: 'encounter-1' });
});

test('a professional of several activities acts as the one chosen', async () => {
  server.login.user = doctor(practitioner, {
    activities: [{ role: 'nurse' }, { role: 'doctor', organization: 'Organization/o2' }],
  });
  const app = new App(server);
  const page = await app.authorize({ client_id, scope: 'user/Patient.rs' });
  const { url } = await app.visitor.submit(page, { activity: '1', action: 'allow' });
  const { access_token } = await answerOf(await app.exchange(url, { client_id }));
  await fetch(`${server.fhir}/Patient`, { headers: { Authorization: `Bearer ${access_token}` } });
  expect(server.actors.at(-1)).toMatchObject({
    roles: ['doctor'],
    organization: 'Organization/o2',
    context: {},
  });
});

test('pages are in the language asked for, escape what others wrote, and run nothing', async () => {
  const app = new App(server);
  const page = await app.visitor.open(app.address({ client_id, scope: all }), {
    headers: { 'Accept-Language': 'en-GB,en;q=0.9' },
  });
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self' http://localhost:4999");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(page.text).not.toContain('<chart>');
  const english = await app.visitor.open(page.url, { headers: { 'Accept-Language': 'en' } });
  expect(english.text).toContain('<html lang="en">');
  const french = await app.visitor.open(page.url, { headers: { 'Accept-Language': 'fr-FR' } });
  expect(french.text).toContain('<html lang="fr">');
});
