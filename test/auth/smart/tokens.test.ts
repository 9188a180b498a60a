import { App, answerOf, basic, confidentialApp, publicApp } from './app.ts';
import { doctor } from './fake-login.ts';
import { patients, practitioner, type SmartTestServer, startSmartServer } from './smart-server.ts';

let server: SmartTestServer;
let secret = '';
let resourceServerSecret = '';

const [first] = patients;
const client_id = publicApp.client_id;
const offline = 'openid fhirUser launch/patient offline_access patient/*.rs';
const online = 'launch/patient online_access patient/*.rs';

beforeAll(async () => {
  server = await startSmartServer();
  await server.register(publicApp);
  secret = (await server.register(confidentialApp)).client_secret ?? '';
  const resourceServer = { ...confidentialApp, client_id: 'resource-server', introspection: true };
  resourceServerSecret = (await server.register(resourceServer)).client_secret ?? '';
});

afterAll(() => server.stop());

beforeEach(() => {
  server.login.user = doctor(practitioner);
});

async function refresh(app: App, refresh_token = '', form: Record<string, string> = { client_id }) {
  const response = await app.token({ grant_type: 'refresh_token', refresh_token, ...form });
  return { status: response.status, ...(await answerOf(response)) };
}

async function statusWith(token: string, scheme = 'Bearer'): Promise<number> {
  const headers = { Authorization: `${scheme} ${token}` };
  return (await fetch(`${server.fhir}/Patient/${first}`, { headers })).status;
}

async function introspect(token: string, headers: Record<string, string>) {
  const body = new URLSearchParams({ token });
  const response = await fetch(`${server.origin}/oauth/introspect`, { method: 'POST', headers, body });
  return (await response.json()) as Record<string, unknown>;
}

function revoke(token: string, form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ token, ...form });
  return fetch(`${server.origin}/oauth/revoke`, { method: 'POST', body });
}

test('a refresh token is replaced at each use and keeps the patient', async () => {
  const app = new App(server);
  const launched = await app.launch(offline, first);
  const one = await refresh(app, launched.refresh_token);
  expect(one).toMatchObject({ status: 200, patient: first, need_patient_banner: true });
  expect(one.refresh_token).not.toBe(launched.refresh_token);
  expect(one.scope.split(' ').sort()).toEqual(offline.split(' ').sort());
  expect(await statusWith(one.access_token)).toBe(200);
  expect(server.actors.at(-1)?.context.patient).toBe(first);
  const two = await refresh(app, one.refresh_token, { client_id, scope: 'patient/*.rs' });
  expect(two).toMatchObject({ status: 200, scope: 'patient/*.rs' });
  const wider = await refresh(app, two.refresh_token, { client_id, scope: 'patient/*.rs user/*.rs' });
  expect(wider).toMatchObject({ status: 400, error: 'invalid_scope' });
});

test('a refresh token that is used again ends all tokens of its launch, and of no other', async () => {
  const app = new App(server);
  const other = await new App(server).launch(offline, first);
  const launched = await app.launch(offline, first);
  const current = await refresh(app, launched.refresh_token);
  expect(await refresh(app, launched.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await refresh(app, current.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await statusWith(current.access_token)).toBe(401);
  expect(await statusWith(other.access_token)).toBe(200);
});

test('of concurrent uses of a refresh token one alone succeeds', async () => {
  const app = new App(server);
  const { refresh_token } = await app.launch(offline, first);
  const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(app, refresh_token)));
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ error }) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(3);
});

test('a public client that refreshes without its client_id is known by its token, a confidential one is not', async () => {
  const app = new App(server);
  const { refresh_token } = await app.launch(offline, first);
  expect((await refresh(app, refresh_token, {})).status).toBe(200);
  const confidential = new App(server);
  const redirect = await confidential.consent({ client_id: 'confidential-app', scope: offline }, first);
  const given = await answerOf(await confidential.exchange(redirect, {}, basic('confidential-app', secret)));
  expect(await refresh(confidential, given.refresh_token, {})).toMatchObject({
    status: 400,
    error: 'invalid_request',
  });
});

test('a refresh token of another client is refused', async () => {
  const { refresh_token } = await new App(server).launch(offline, first);
  const response = await new App(server).token(
    { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' },
    basic('confidential-app', secret),
  );
  expect(response.status).toBe(400);
  expect((await answerOf(response)).error).toBe('invalid_grant');
});

test('without offline or online access there is no refresh token', async () => {
  expect(await new App(server).launch('launch/patient patient/*.rs', first)).not.toHaveProperty(
    'refresh_token',
  );
});

test('online access ends with the login, offline access does not', async () => {
  const app = new App(server);
  const ended = await app.launch(online, first);
  const kept = await new App(server, app.visitor).launch(offline, first);
  expect(ended.refresh_token).toEqual(expect.any(String));
  await server.core.stores.expiring.deleteByGroup(server.login.user?.group ?? '');
  expect(await refresh(app, ended.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect((await refresh(app, kept.refresh_token)).status).toBe(200);
  expect(await statusWith(ended.access_token)).toBe(401);
  const before = server.login.requests.length;
  const page = await new App(server, app.visitor).authorize({ client_id, scope: offline });
  expect(page.status).toBe(200);
  expect(server.login.requests.length).toBe(before + 1);
});

test('a login serves several launches of one browser', async () => {
  const app = new App(server);
  await app.launch(online, first);
  const before = server.login.requests.length;
  await new App(server, app.visitor).launch(online, first);
  expect(server.login.requests.length).toBe(before);
  const again = await new App(server, app.visitor).authorize({ client_id, scope: online, prompt: 'login' });
  expect(again.status).toBe(200);
  expect(server.login.requests.at(-1)?.prompt).toBe('login');
});

test('logging out ends the session of the browser, staying does not', async () => {
  const app = new App(server);
  const { access_token } = await app.launch(online, first);
  const answer = async (fields: Record<string, string>) => {
    const page = await app.visitor.open('/oauth/session/end');
    expect(page.status).toBe(200);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, ...fields });
    return app.visitor.open('/oauth/session/end/confirm', { method: 'POST', body });
  };
  await answer({});
  expect(await statusWith(access_token)).toBe(200);
  const before = server.login.requests.length;
  await new App(server, app.visitor).launch(online, first);
  expect(server.login.requests.length).toBe(before);
  expect((await answer({ logout: 'yes' })).status).toBe(200);
  const { access_token: later } = await new App(server).launch(online, first);
  expect(await statusWith(later)).toBe(200);
  const events = server.events.filter(({ kind }) => kind === 'logout');
  expect(events).toHaveLength(1);
  const after = await new App(server, app.visitor).authorize({ client_id, scope: online });
  expect(after.status).toBe(200);
  expect(server.login.requests.length).toBe(before + 2);
});

test('a token that rests on a login ends when the user logs out', async () => {
  const app = new App(server);
  const { access_token } = await app.launch(online, first);
  const page = await app.visitor.open('/oauth/session/end');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ xsrf, logout: 'yes' });
  await app.visitor.open('/oauth/session/end/confirm', { method: 'POST', body });
  expect(await statusWith(access_token)).toBe(401);
});

test('a code that is used again ends the tokens that it gave', async () => {
  const app = new App(server);
  const redirect = await app.consent({ client_id, scope: offline }, first);
  const given = await answerOf(await app.exchange(redirect, { client_id }));
  expect(await statusWith(given.access_token)).toBe(200);
  const again = await app.exchange(redirect, { client_id });
  expect(again.status).toBe(400);
  expect((await answerOf(again)).error).toBe('invalid_grant');
  expect(await statusWith(given.access_token)).toBe(401);
  expect((await refresh(app, given.refresh_token)).status).toBe(400);
});

test('of concurrent uses of a code one alone succeeds', async () => {
  const app = new App(server);
  const redirect = await app.consent({ client_id, scope: offline }, first);
  const answers = await Promise.all([1, 2, 3, 4].map(() => app.exchange(redirect, { client_id })));
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  for (const answer of answers) expect([200, 400]).toContain(answer.status);
});

test('a resource server introspects the tokens of its tenant, an app its own alone', async () => {
  const { access_token } = await new App(server).launch(offline, first);
  const found = await introspect(access_token, basic('resource-server', resourceServerSecret));
  expect(found).toMatchObject({
    active: true,
    client_id,
    patient: first,
    tenant: 'default',
    fhirUser: `${server.fhir}/${practitioner}`,
    iss: `${server.origin}/oauth`,
    token_type: 'Bearer',
  });
  expect(found['scope']).toContain('patient/*.rs');
  expect(await introspect(access_token, basic('confidential-app', secret))).toEqual({ active: false });
  expect(await introspect('unknown', basic('resource-server', resourceServerSecret))).toEqual({
    active: false,
  });
  expect(await introspect(access_token, {})).toHaveProperty('error');
});

test('a revoked token ends at once, with its launch', async () => {
  const app = new App(server);
  const { access_token, refresh_token } = await app.launch(offline, first);
  expect(await statusWith(access_token)).toBe(200);
  expect((await revoke(access_token, { client_id })).status).toBe(200);
  expect(await statusWith(access_token)).toBe(401);
  expect((await refresh(app, refresh_token)).status).toBe(400);
  expect((await revoke('unknown', { client_id })).status).toBe(200);
});

test('tokens end with their client, and with the professional', async () => {
  await server.register({ ...publicApp, client_id: 'short-lived' });
  const app = new App(server);
  const redirect = await app.consent({ client_id: 'short-lived', scope: 'user/Patient.rs' });
  const { access_token } = await answerOf(await app.exchange(redirect, { client_id: 'short-lived' }));
  const { openClients } = await import('../../../src/server-clients.ts');
  await openClients(server.core).revoke('short-lived');
  expect(await statusWith(access_token)).toBe(401);
});

test('a professional who is deactivated gets no more tokens, and has to log in anew', async () => {
  const app = new App(server);
  const { refresh_token } = await app.launch(offline, first);
  const { read, commit } = bound();
  const current = await read('Practitioner', 'practitioner-1');
  const body = JSON.parse(current?.body.toString() ?? '');
  const put = (active: boolean, version: number) =>
    commit([
      {
        kind: 'put',
        type: 'Practitioner',
        id: 'practitioner-1',
        version,
        expectedVersion: version - 1,
        lastUpdated: Date.now(),
        method: 'PUT',
        body: JSON.stringify({ ...body, active }),
        restricted: false,
        index: { string: [], token: [], date: [], number: [], quantity: [], reference: [], uri: [] },
      },
    ]);
  const version = current?.version ?? 0;
  await put(false, version + 1);
  expect(await refresh(new App(server), refresh_token)).toMatchObject({
    status: 400,
    error: 'invalid_grant',
  });
  const before = server.login.requests.length;
  const { url } = await new App(server, app.visitor).authorize({ client_id, scope: offline });
  expect(server.login.requests.length).toBe(before + 1);
  expect(url.searchParams.get('error')).toBe('access_denied');
  await put(true, version + 2);
});

function bound() {
  const store = server.core.stores.forTenant('default');
  return { read: store.read.bind(store), commit: store.commit.bind(store) };
}

test('the FHIR API asks for a token, and says how it is wrong', async () => {
  const none = await fetch(`${server.fhir}/Patient/${first}`);
  expect(none.status).toBe(401);
  expect(none.headers.get('www-authenticate')).toMatch(/^Bearer /);
  expect(((await none.json()) as { issue: { code: string }[] }).issue[0]?.code).toBe('login');
  for (const [token, scheme] of [
    ['unknown', 'Bearer'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', 'Bearer'],
    ['dXNlcjpwYXNz', 'Basic'],
  ] as const) {
    const headers = { Authorization: `${scheme} ${token}` };
    const answer = await fetch(`${server.fhir}/Patient/${first}`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
  const { refresh_token } = await new App(server).launch(offline, first);
  expect(await statusWith(refresh_token ?? '')).toBe(401);
  expect((await fetch(`${server.fhir}/metadata`)).status).toBe(200);
});

test('an access token ends after five minutes', async () => {
  const { access_token } = await new App(server).launch(offline, first);
  const now = Date.now;
  try {
    Date.now = () => now() + 301_000;
    expect(await statusWith(access_token)).toBe(401);
  } finally {
    Date.now = now;
  }
});
