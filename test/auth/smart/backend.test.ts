import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openClients } from '../../../src/server-clients.ts';
import { startTestServer } from '../../support/server.ts';
import { App, answerOf, assertionType, type BackendKey, backendClient, backendKey } from './app.ts';
import { type SmartTestServer, startSmartServer } from './smart-server.ts';

let server: SmartTestServer;
let keys: { es: BackendKey; rs: BackendKey; hosted: BackendKey };
let keyServer: Server;
let keyRequests = 0;

beforeAll(async () => {
  keyServer = createServer((request, response) => {
    keyRequests += 1;
    if (request.url === '/elsewhere') response.writeHead(302, { Location: '/jwks' }).end();
    else response.end(JSON.stringify({ keys: [keys.hosted.publicKey] }));
  });
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  const keyOrigin = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`;
  server = await startSmartServer({ SMART_JWKS_ORIGINS: keyOrigin });
  keys = {
    es: await backendKey(server, 'es-backend'),
    rs: await backendKey(server, 'rs-backend', 'RS384'),
    hosted: await backendKey(server, 'hosted-backend'),
  };
  const scope = 'system/Patient.rs system/Observation.cruds';
  await server.register(backendClient('es-backend', keys.es.publicKey, scope));
  await server.register(backendClient('rs-backend', keys.rs.publicKey, scope));
  const { jwks: _, ...hosted } = backendClient('hosted-backend', keys.hosted.publicKey, scope);
  await server.register({ ...hosted, jwks_uri: `${keyOrigin}/jwks` });
  await server.register({ ...hosted, client_id: 'redirected-backend', jwks_uri: `${keyOrigin}/elsewhere` });
});

afterAll(async () => {
  await server.stop();
  keyServer.close();
});

async function ask(assertion: string, scope = 'system/Patient.rs') {
  const response = await new App(server).token({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: assertionType,
    client_assertion: assertion,
  });
  return { status: response.status, ...(await answerOf(response)) };
}

test.each(['es', 'rs', 'hosted'] as const)(
  'a back end with a key (%s) gets a token without refresh',
  async (name) => {
    const answer = await ask(await keys[name].assertion());
    expect(answer).toMatchObject({
      status: 200,
      expires_in: 300,
      scope: 'system/Patient.rs',
      token_type: 'Bearer',
    });
    expect(answer).not.toHaveProperty('refresh_token');
    const headers = { Authorization: `Bearer ${answer.access_token}` };
    expect((await fetch(`${server.fhir}/Patient`, { headers })).status).toBe(200);
    expect(server.actors.at(-1)).toMatchObject({
      kind: 'system',
      roles: ['system'],
      tenant: 'default',
      clientId: `${name}-backend`,
      context: {},
    });
  },
);

test('an assertion is taken once, also of concurrent ones', async () => {
  const assertion = await keys.es.assertion();
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(assertion)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, error }) => status === 401 && error === 'invalid_client')).toHaveLength(3);
});

test('scopes: those of users, and those that the client may not be granted, give no token', async () => {
  for (const scope of [
    'patient/Patient.rs',
    'user/Patient.rs',
    'system/Condition.rs',
    'openid',
    'nonsense',
  ]) {
    expect(await ask(await keys.es.assertion(), scope)).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    });
  }
  const partly = await ask(await keys.es.assertion(), 'system/Condition.rs system/Observation.rs');
  expect(partly).toMatchObject({ status: 200, scope: 'system/Observation.rs' });
});

test('assertions that do not hold are refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  const { es, rs } = keys;
  const unsigned = (await es.assertion()).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  for (const assertion of [
    await es.assertion({ exp: now + 3600 }),
    await es.assertion({ exp: now - 60 }),
    await es.assertion({ exp: undefined }),
    await es.assertion({ jti: undefined }),
    await es.assertion({ aud: 'https://elsewhere.example/token' }),
    await es.assertion({ iss: 'rs-backend' }),
    await es.assertion({ sub: 'rs-backend' }),
    await rs.assertion({ iss: 'es-backend', sub: 'es-backend' }),
    await es.assertion({}, { jku: 'https://elsewhere.example/jwks' }),
    `${none}.${unsigned[1]}.`,
    `${unsigned[0]}.${unsigned[1]}.AAAA`,
  ]) {
    expect(await ask(assertion)).toMatchObject({ status: 401, error: 'invalid_client' });
    const reported = { kind: 'refused', where: 'token', error: 'invalid_client', detail: expect.any(String) };
    expect(server.events.at(-1)).toMatchObject(reported);
  }
});

test('keys are fetched from where they are allowed to be, and no redirect is followed', async () => {
  const base = backendClient('evil', keys.es.publicKey, 'system/Patient.rs');
  const { jwks: _, ...without } = base;
  for (const jwks_uri of [
    'http://169.254.169.254/latest/meta-data',
    'https://keys.example/jwks',
    'file:///etc/passwd',
  ]) {
    await expect(server.register({ ...without, jwks_uri })).rejects.toMatchObject({ status: 400 });
  }
  const before = keyRequests;
  const elsewhere = await ask(
    await keys.hosted.assertion({ iss: 'redirected-backend', sub: 'redirected-backend' }),
  );
  expect(elsewhere.status).toBeGreaterThanOrEqual(400);
  expect(keyRequests).toBe(before + 1);
});

test('a back end has no authorization page', async () => {
  const page = await new App(server).authorize({ client_id: 'es-backend', scope: 'system/Patient.rs' });
  expect(page.status).toBe(400);
});

test('a server for back ends alone needs no Pro Santé Connect, and offers no login', async () => {
  const alone = await startTestServer({ AUTH: 'on', PSC_MODE: 'off', INSI_MODE: 'off' });
  try {
    const key = await backendKey(alone, 'alone');
    await openClients(alone.running.core).register(
      backendClient('alone', key.publicKey, 'system/Patient.rs'),
    );
    const client_assertion = await key.assertion();
    const form = { grant_type: 'client_credentials', client_assertion_type: assertionType, client_assertion };
    const token = await new App(alone).token({ ...form, scope: 'system/Patient.rs' });
    expect(token.status).toBe(200);
    const { access_token } = await answerOf(token);
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await fetch(`${alone.fhir}/Patient`, { headers })).status).toBe(200);
    const read = async (path: string) => (await fetch(alone.origin + path)).json();
    const configuration = await read('/fhir/.well-known/smart-configuration');
    expect(configuration).toMatchObject({
      grant_types_supported: ['client_credentials'],
      capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
    });
    expect(configuration).not.toHaveProperty('authorization_endpoint');
    expect(await read('/.well-known/oauth-authorization-server/oauth')).toEqual(configuration);
    expect(JSON.stringify(await read('/fhir/metadata'))).not.toContain('oauth/authorize');
    for (const path of ['/oauth/authorize', '/oauth/session/end', '/login/callback', '/launch']) {
      expect([path, (await fetch(alone.origin + path)).status]).toEqual([path, 404]);
    }
  } finally {
    await alone.stop();
  }
});
